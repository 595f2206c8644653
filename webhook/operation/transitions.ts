/**
 * The two state machines as tables. `enter` refuses what is not listed; README.md draws them and a test compares.
 */
import {
  SCALE_DOWN_PHASES,
  SCALE_UP_PHASES,
  type ScaleDown,
  type ScaleDownPhase,
  type ScaleUp,
  type ScaleUpPhase,
} from '../model/operation';

export interface PhaseRow<Phase extends string> {
  readonly acts: string;
  readonly exits: readonly { readonly to: Phase; readonly when: string }[];
}

export const SCALE_UP_TABLE: Readonly<Record<ScaleUpPhase, PhaseRow<ScaleUpPhase>>> = {
  accepted: {
    acts: 'nothing',
    exits: [
      { to: 'launching', when: 'at once' },
      { to: 'rolled-back', when: 'it could not begin at once, and is not wanted any more' },
    ],
  },
  launching: {
    acts: 'store the attempt, then CreateFleet with its token',
    exits: [
      { to: 'joining', when: 'EC2 gave ids for everything it will give' },
      { to: 'rolling-back', when: 'EC2 said a definite no' },
      { to: 'rolled-back', when: 'no attempt is stored yet, and it is not wanted any more' },
    ],
  },
  joining: {
    acts: 'remember what joined',
    exits: [
      { to: 'done', when: 'every instance has a Ready node' },
      { to: 'rolling-back', when: 'a deadline of the join, or an instance ended' },
    ],
  },
  'rolling-back': {
    acts: 'keep the consoles of what did not join, terminate it; what joined stays',
    exits: [{ to: 'rolled-back', when: 'none of it alive in two observations 60 s apart' }],
  },
  done: { acts: 'nothing', exits: [] },
  'rolled-back': { acts: 'nothing', exits: [] },
};

export const SCALE_DOWN_TABLE: Readonly<Record<ScaleDownPhase, PhaseRow<ScaleDownPhase>>> = {
  accepted: {
    acts: 'confirm at Alertmanager, choose the node, cordon and taint it',
    exits: [
      { to: 'cordoned', when: 'the mark is seen' },
      {
        to: 'rolling-back',
        when: "not confirmed, paused, no candidate, node or stand-in gone, a person's cordon, refused, cancelled, deadline",
      },
    ],
  },
  cordoned: {
    acts: 'settle, list pods, check again',
    exits: [
      { to: 'draining', when: 'allowed' },
      {
        to: 'rolling-back',
        when: 'blocker, below min, paused, cancelled, a person uncordoned, node or stand-in gone, deadline',
      },
    ],
  },
  draining: {
    acts: 'evict through the Eviction API in tiers, wait for volumes and hooks',
    exits: [
      { to: 'terminating', when: 'no pod left to move, or EC2 takes the node now' },
      {
        to: 'rolling-back',
        when: 'blocker, below min, not ours any more, refused, cancelled, withdrawn, a person uncordoned, node or stand-in gone, deadline',
      },
    ],
  },
  terminating: {
    acts: 'terminate, then delete the Node by UID',
    exits: [
      {
        to: 'done',
        when: 'both gone, or only the instance still shutting down after ten minutes; there is no way back',
      },
    ],
  },
  'rolling-back': { acts: 'undo our marks', exits: [{ to: 'rolled-back', when: 'undone' }] },
  done: { acts: 'nothing', exits: [] },
  'rolled-back': { acts: 'nothing', exits: [] },
};

/** Moves the operation on; throws on a move that its table does not list, because that is a defect of ours. */
export function enterUp(operation: ScaleUp, phase: ScaleUpPhase, now: number): ScaleUp {
  refuseUnlisted(SCALE_UP_TABLE, operation.phase, phase);
  return { ...operation, phase, phaseAt: now };
}

export function enterDown(
  operation: ScaleDown,
  phase: ScaleDownPhase,
  now: number,
  deadline: number | null,
): ScaleDown {
  refuseUnlisted(SCALE_DOWN_TABLE, operation.phase, phase);
  return { ...operation, phase, phaseAt: now, deadline };
}

function refuseUnlisted<Phase extends string>(
  table: Readonly<Record<Phase, PhaseRow<Phase>>>,
  from: Phase,
  to: Phase,
): void {
  if (table[from].exits.some((exit) => exit.to === to)) return;
  throw new Error(`the transition table has no way from ${from} to ${to}`);
}

/** Every phase, for docs and tests. */
export const PHASES = { 'scale-up': SCALE_UP_PHASES, 'scale-down': SCALE_DOWN_PHASES } as const;
