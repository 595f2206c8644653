import type { OfferingMark, OfferingScope } from '../../webhook/model/offering';
import type { ScaleDown, ScaleUp, Trigger } from '../../webhook/model/operation';
import type { PoolKey } from '../../webhook/model/pool';
import type { Attempt, StorePort } from '../../webhook/ports';

export const NOW = 1_790_000_000_000;
export const POOL: PoolKey = { cluster: 'prod', pool: 'workers' };

const trigger: Trigger = { alert: 'HighCpu', nodes: 5.25, have: 3, urgent: false, topUp: false, heardAt: NOW - 900 };

export function aScaleUp(overrides: Partial<ScaleUp> = {}): ScaleUp {
  return {
    kind: 'scale-up',
    id: 'up1',
    revision: 1,
    owner: 'replica-a',
    ownerUntil: NOW + 30_000,
    acceptedAt: NOW,
    phase: 'accepted',
    phaseAt: NOW,
    trigger,
    planned: 2,
    attempt: 0,
    answered: false,
    instances: [],
    ...overrides,
  };
}

export function aScaleDown(overrides: Partial<ScaleDown> = {}): ScaleDown {
  return {
    kind: 'scale-down',
    id: 'down1',
    revision: 1,
    owner: 'replica-a',
    ownerUntil: NOW + 30_000,
    acceptedAt: NOW,
    phase: 'accepted',
    phaseAt: NOW,
    trigger: { ...trigger, alert: 'Idle', nodes: null },
    node: null,
    deadline: NOW + 300_000,
    evicted: 0,
    ...overrides,
  };
}

export function anAttempt(overrides: Partial<Attempt> = {}): Attempt {
  return {
    operation: 'up1',
    number: 1,
    at: NOW,
    launches: [
      {
        token: 'up1-1',
        request: {
          template: { id: 'lt-0123456789abcdef0', version: '7' },
          overrides: [{ instanceType: 'm6i.large', subnetId: 'subnet-b', zone: 'eu-west-1b' }],
          count: 2,
          capacity: 'spot',
          // Not in alphabetical order: EC2 must get what was stored, key by key.
          tags: { 'smartscale:pool': 'workers', 'smartscale:attempt': '1', 'smartscale:cluster': 'prod' },
        },
      },
    ],
    ...overrides,
  };
}

export function aMark(scope: OfferingScope, overrides: Partial<OfferingMark> = {}): OfferingMark {
  return { kind: 'no-capacity', scope, at: NOW, until: NOW + 30_000, failures: 1, by: 'up1.1', ...overrides };
}

/** Accepts operations into a pool that nobody has written to. */
export async function begin(store: StorePort, ...operations: (ScaleUp | ScaleDown)[]): Promise<void> {
  const answer = await store.accept(POOL, { version: 0, operations, cancel: [] });
  if (answer !== 'written') throw new Error('the pool is not new');
}
