/** What people order of Alertmanager and of the service. */
import type { PauseOrder } from '../../../webhook/http/deps';
import { KEY, MINUTE, SECOND } from '../../support/builders';
import type { History } from '../support/history';
import type { Mend } from './trouble';

export function silence(history: History): Mend {
  const { api } = history.alertmanager;
  const scale = history.draw.oneOf(['up', 'down']);
  history.tell(`a person silences scale=${scale}`);
  const id = api.silence(history.now + 60 * MINUTE, { matchers: { scale } });
  return () => api.expireSilence(id);
}

export function pause(history: History): Mend {
  const direction = history.draw.oneOf(['up', 'down', 'both'] as const);
  const until = history.draw.chance(0.5) ? history.now + MINUTE : null;
  const wish = { over: false };
  void order(history, 'pause', { direction, until }, () => wish.over);
  return () => {
    wish.over = true;
    void resume(history, direction);
  };
}

export function resume(history: History, direction: PauseOrder['direction']): Promise<void> {
  return order(history, 'resume', { direction, until: null }, () => false);
}

/** By way of any process, until one says that it is done. */
async function order(
  history: History,
  what: 'pause' | 'resume',
  { direction, until }: Pick<PauseOrder, 'direction' | 'until'>,
  givesUp: () => boolean,
): Promise<void> {
  while (!givesUp()) {
    const process = history.draw.anyOf(history.processes.filter(({ runs }) => runs));
    const given = process?.service.http[what]({ ...KEY, direction, until, by: 'ann', reason: 'work' });
    const done = given?.then(
      () => true,
      () => false,
    );
    const tooLong = history.clock.sleep(20 * SECOND).then(() => false);
    if (await Promise.race([done ?? false, tooLong])) return history.tell(`a person ${what}s ${direction}`);
    await history.clock.sleep(5 * SECOND);
  }
}
