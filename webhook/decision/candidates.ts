/** How many nodes a scale-down may still take, as far as the nodes themselves tell. Pure. */
import { removableNodes } from '../removal/removable';
import { surroundingsOf } from '../removal/surroundings';
import type { Case } from './case';

export interface Candidates {
  /** Beyond those that open scale-downs have yet to choose. Infinite in a dry run, in which no node goes. */
  readonly room: number;
  /** What is in the way when there is no room. */
  readonly none: string;
}

const MOST_TOLD = 3;

export function candidatesOf({ context, downs }: Pick<Case, 'context' | 'downs'>): Candidates {
  const { observation, state } = context;
  if (!observation.complete || state.virtualHave !== undefined) return { room: Infinity, none: '' };
  const { count, kept } = removableNodes(surroundingsOf(context, observation));
  const promised = downs.filter(({ node }) => node === null).length;
  const reasons = [
    ...kept.slice(0, MOST_TOLD),
    ...(kept.length > MOST_TOLD ? [`${kept.length - MOST_TOLD} more are kept`] : []),
    ...(promised > 0 ? [`${promised} are for scale-downs that are open`] : []),
  ];
  return { room: count - promised, none: `no node may be taken: ${reasons.join('; ')}` };
}
