/** One play after the other in one cluster: whoever is killed in one of them has a successor who plays the next. */
import type { Death, Moment } from './executioner';
import { growsByTwo, serving, shrinksByOne, takesBack, type Ending } from './plays';
import { FEWEST, openTheatre, type Theatre } from './theatre';

export interface Act {
  readonly play: 'growing' | 'shrinking' | 'taking back';
  /** Null: nobody dies. */
  readonly death: Death | null;
}

export type Outcome = { readonly ending: Ending } | { readonly error: unknown };

export class Tour {
  private readonly outcomes = new Map<string, Promise<Outcome>>();
  private theatre: Promise<Theatre> = openTheatre();
  private last: Promise<unknown> = this.theatre;

  /** Every act gets its turn, one after the other. */
  constructor(acts: readonly Act[]) {
    for (const act of acts) {
      const outcome = this.last.then(() => this.played(act));
      this.outcomes.set(titleOf(act), outcome);
      this.last = outcome;
    }
  }

  async endingOf(act: Act): Promise<Ending> {
    const outcome = await this.outcomes.get(titleOf(act));
    if (!outcome) throw new Error(`${titleOf(act)} is not on the tour`);
    if ('error' in outcome) throw outcome.error;
    return outcome.ending;
  }

  async close(): Promise<void> {
    await this.last;
    await (await this.theatre).close();
  }

  private async played(act: Act): Promise<Outcome> {
    const theatre = await this.theatre;
    try {
      return { ending: await perform(theatre, act) };
    } catch (error) {
      // What went wrong here must not go on in the next act.
      await theatre.close();
      this.theatre = openTheatre();
      return { error };
    }
  }
}

export function titleOf({ play, death }: Act): string {
  return death ? `${play}, killed ${death.moment} "${death.step}"` : `${play}, undisturbed`;
}

async function perform(theatre: Theatre, { play, death }: Act): Promise<Ending> {
  if (play === 'taking back') return takesBack(theatre, death);
  if (play === 'shrinking') return shrinksByOne(theatre, death);
  while (serving(theatre).length > FEWEST) await shrinksByOne(theatre, null);
  return growsByTwo(theatre, death);
}

/** Every step of every play is somebody's last. Nodes come first, are asked back, and go. */
export function actsOf(steps: Readonly<Record<Act['play'], readonly string[]>>, moment: Moment): readonly Act[] {
  const undisturbed = (['growing', 'taking back', 'shrinking'] as const).map((play): Act => ({ play, death: null }));
  const deadly = (play: Act['play']) => steps[play].map((step): Act => ({ play, death: { step, moment } }));
  const [back, down] = [deadly('taking back'), deadly('shrinking')];
  const cycles = deadly('growing').map((up) => [up, ...back.splice(0, 1), ...down.splice(0, 2)]);
  return [...undisturbed, ...cycles.flat(), ...back, ...down];
}
