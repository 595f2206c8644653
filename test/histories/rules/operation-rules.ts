/** What must hold whenever an operation is saved or closed. */
import { pauseHolds } from '../../../webhook/decision/vetoes';
import { isClosed, type Operation, type ScaleDown, type ScaleUp } from '../../../webhook/model/operation';
import { SCALE_DOWN_TABLE, SCALE_UP_TABLE, type PhaseRow } from '../../../webhook/operation/transitions';
import type { HistoryRow } from '../../../webhook/ports';
import { Broken } from '../support/story';
import type { Tracked, Truth } from '../support/truth';

/** As much as the clocks of two replicas differ, and a little more. Milliseconds. */
const CLOCKS_DIFFER = 2000;
/** How old what a process knows may be when it saves. */
const KNOWN_WITHIN = 30_000;

export function checkSave(before: Operation, after: Operation, truth: Truth): void {
  const id = after.id;
  if (after.revision !== before.revision + 1) {
    throw new Broken('revision', `${id} went from revision ${before.revision} to ${after.revision}`);
  }
  if (after.owner !== before.owner && before.ownerUntil > truth.now + CLOCKS_DIFFER) {
    throw new Broken('owner', `${after.owner} took ${id} from ${before.owner} too early`);
  }
  checkMove(before, after);
  const begins = after.kind === 'scale-down' && after.phase === 'draining' && before.phase !== 'draining';
  if (begins && !after.forced) checkPause(after, truth);
}

/** A pause holds drains back that have moved nothing yet. */
function checkPause({ id }: Operation, truth: Truth): void {
  const pause = truth.state().pauses.down;
  const held = pause && pauseHolds(pause, truth.now) && pause.since < truth.now - KNOWN_WITHIN;
  if (held) throw new Broken('paused', `${id} begins to drain in a pause`);
}

export function checkMove(before: Operation, after: Operation): void {
  if (before.phase === after.phase) return;
  const table: Readonly<Record<string, PhaseRow<string>>> =
    after.kind === 'scale-up' ? SCALE_UP_TABLE : SCALE_DOWN_TABLE;
  if (table[before.phase]?.exits.some(({ to }) => to === after.phase)) return;
  throw new Broken('no-way-back', `${after.id} went from ${before.phase} to ${after.phase}`);
}

/** An ending is what is so, and not only what was written. */
export function checkEnding(tracked: Tracked, truth: Truth): void {
  const end = tracked.closedAs;
  if (end === null) return;
  if (!isClosed(end)) throw new Broken('ending', `${end.id} was closed in phase ${end.phase}`);
  if (end.kind === 'scale-up') checkScaleUpEnding(end, tracked, truth);
  else checkScaleDownEnding(end, tracked, truth);
}

function checkScaleUpEnding(up: ScaleUp, { launched }: Tracked, truth: Truth): void {
  // What came too late for the operation is the sweep's.
  const missing = [...launched].filter((id) => !truth.late.has(id) && !truth.everReady.has(id));
  if (up.phase === 'done' && (launched.size === 0 || missing.length > 0)) {
    throw new Broken('ending', `${up.id} is done, and ${missing.join(', ') || 'nothing'} never became a Ready node`);
  }
  if (up.reason === 'no-longer-wanted' && launched.size > 0) {
    throw new Broken('cancelled', `${up.id} was cancelled before it began, and launched ${[...launched].join(', ')}`);
  }
  const forgotten = missing.filter((id) => truth.isRunning(id));
  if (up.phase === 'rolled-back' && forgotten.length > 0) {
    throw new Broken('ending', `${up.id} is rolled back, and ${forgotten.join(', ')} lives without a node`);
  }
}

/** Whoever asks why a node stayed gets an answer. */
function checkRolledBack({ id, reason = '', detail = '' }: ScaleDown, terminated: ReadonlySet<string>): void {
  if (terminated.size > 0) throw new Broken('no-way-back', `${id} is rolled back, and its instance was terminated`);
  if (reason === '' || detail === '') throw new Broken('reason', `${id} is rolled back, and nobody is told why`);
}

function checkScaleDownEnding(down: ScaleDown, { terminated }: Tracked, truth: Truth): void {
  if (down.phase === 'rolled-back') checkRolledBack(down, terminated);
  if (down.phase !== 'done') return;
  const { instanceId = '', name = '' } = down.node ?? {};
  if (truth.isRunning(instanceId)) throw new Broken('ending', `${down.id} is done, and ${instanceId} is alive`);
  if (truth.world.cluster.node(name)) throw new Broken('ending', `${down.id} is done, and Node ${name} is there`);
}

/** One row an operation, and it says how the operation ended. */
export function checkHistory(rows: readonly HistoryRow[], truth: Truth): void {
  const ofOperations = rows.filter(({ kind }) => kind === 'operation');
  for (const [id, { closedAs }] of truth.operations) {
    if (closedAs === null) continue;
    const own = ofOperations.filter((row) => row.id === id);
    if (own.length !== 1) throw new Broken('history', `${id} has ${own.length} rows`);
    const told = own[0]?.data['phase'];
    if (told !== closedAs.phase)
      throw new Broken('history', `${id} ended ${closedAs.phase}, its row says ${String(told)}`);
  }
  const unknown = ofOperations.find(({ id }) => !truth.operations.has(id));
  if (unknown) throw new Broken('history', `there is a row of ${unknown.id}, which nobody accepted`);
}
