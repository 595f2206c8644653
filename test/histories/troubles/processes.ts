/** Processes of the service that come and go. */
import { SECOND } from '../../support/builders';
import { trapOf } from '../support/fate';
import type { History } from '../support/history';

export function death(history: History): null {
  const process = history.draw.anyOf(history.processes.filter(({ life }) => !life.dead));
  process?.life.kill();
  return null;
}

export function politeStop(history: History): null {
  const process = history.draw.anyOf(history.processes.filter(({ runs }) => runs));
  if (process === null) return null;
  history.tell(`${process.life.name} is asked to stop`);
  const stopped = Promise.race([process.service.stop(), history.clock.sleep(10 * SECOND)]);
  void stopped.then(() => process.life.kill());
  return null;
}

export function birth(history: History): null {
  const alive = history.processes.filter(({ life }) => !life.dead).length;
  if (alive < history.setting.replicas) history.startProcess();
  return null;
}

/** Whoever makes that call next dies of it, or sleeps with it in his hands. */
export function trap(history: History): null {
  const [call, doom] = trapOf(history.draw);
  history.traps.set(call, doom);
  return null;
}
