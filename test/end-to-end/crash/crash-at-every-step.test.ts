import { actsOf, titleOf, Tour, type Act } from './tour';

/** Everything that changes something while two nodes are bought, in its order. */
const GROWING = [
  'accept',
  'save to launching',
  'attempt',
  'save in launching: attempt',
  'CreateFleet',
  'save in launching: answered, instances, launchedAt, settled',
  'save to joining',
  'joined',
  'save in joining: instances',
  'row of operation',
  'close',
];

/** And while one is given back. */
const SHRINKING = [
  'accept',
  'save in accepted: confirmedAt',
  'save in accepted: node',
  'mark node',
  'save to cordoned',
  'save to draining',
  'evict',
  'save in draining: evicted',
  'save to terminating',
  'TerminateInstances',
  'save in terminating: terminateSentAt',
  'delete node',
  'row of operation',
  'close',
];

/** And while one that is being drained is needed after all. */
const TAKING_BACK = ['accept', 'save to rolling-back', 'unmark node', 'row of operation', 'close'];

/** What comes whenever its time has come, and nobody waits for. */
const BESIDES = ['lease', 'row of decision', 'save in joining: the hold'];
/** Nodes that a sweep sees for the first time: of a new process, all of them. And what they have cost, every five minutes. */
const NOW_AND_THEN = ['remembered', 'row cost'];

const STEPS = { growing: [...GROWING, ...BESIDES], shrinking: SHRINKING, 'taking back': TAKING_BACK };

const TOURS = (['before', 'after'] as const).map((moment) => ({
  title: `killed just ${moment} a request takes effect`,
  acts: actsOf(STEPS, moment),
}));

let tours: readonly Tour[] = [];

beforeAll(() => {
  tours = TOURS.map(({ acts }) => new Tour(acts));
});

afterAll(() => Promise.all(tours.map((tour) => tour.close())), 120_000);

function endingOf(tour: number, act: Act) {
  const one = tours[tour];
  if (!one) throw new Error('the tour has not begun');
  return one.endingOf(act);
}

/** The number of nodes and pods is told as its distance from what is to be. */
const FACTS = {
  growing: { phase: 'done', rows: 1, clock: true, upClock: true, launched: 2, joined: true, tokens: 2, serving: 0 },
  shrinking: { phase: 'done', rows: 1, clock: true, instance: 'terminated', shop: 0, serving: -1 },
  'taking back': { phase: 'rolled-back', reason: 'cancelled', rows: 1, clock: true, launched: 0, shop: 0, serving: 0 },
};

describe('undisturbed', () => {
  test.each([
    ['growing', GROWING],
    ['shrinking', SHRINKING],
    ['taking back', TAKING_BACK],
  ] as const)('%s takes these steps, in this order', async (play, steps) => {
    const { steps: taken } = await endingOf(0, { play, death: null });
    expect([...new Set(taken)].filter((step) => !isBesides(play, step))).toEqual(steps);
  });

  function isBesides(play: Act['play'], step: string): boolean {
    // A budget that lets no pod go is asked again and again.
    const asks = play === 'taking back' && /^evict$|^save in draining/.test(step);
    // A busy machine ends pods late, and the drain says what it waits for.
    const waits = step === 'save in draining: reason';
    return asks || waits || [...BESIDES, ...NOW_AND_THEN].includes(step) || step.endsWith('the hold');
  }
});

describe.each(TOURS.map(({ title, acts }, tour) => [title, acts, tour] as const))('%s', (_title, acts, tour) => {
  test.each(acts.map((act) => [titleOf(act), act] as const))('%s', async (_name, act) => {
    const { facts } = await endingOf(tour, act);
    expect(facts).toEqual(FACTS[act.play]);
  });
});
