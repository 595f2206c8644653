import { comparable, recorded, recordedNames, startReplay } from './replay';
import { NOT_REPLAYED, SCENARIOS, type Scenario } from './recorded-scenarios';

async function runScenario({ access, steps }: Scenario): Promise<void> {
  const replay = await startReplay(access);
  try {
    for (const step of steps) {
      if (typeof step === 'function') {
        await step(replay);
        continue;
      }
      const { name, ignore = [], rewrite, token } = typeof step === 'string' ? { name: step } : step;
      const answer = await replay.replay(name, {
        ...(token !== undefined && { token }),
        ...(rewrite && { rewrite: (text) => rewrite(text, replay) }),
      });
      expect({ name, ...(comparable(answer, ignore) as object) }).toEqual({
        name,
        ...(comparable(recorded(name).response, ignore) as object),
      });
    }
  } finally {
    await replay.close();
  }
}

describe('the simulator answers as the real API server was recorded:', () => {
  it.each(SCENARIOS.map((scenario) => [scenario.title, scenario] as const))('%s', (_, scenario) =>
    runScenario(scenario),
  );

  it('replays every recording, or says why not', () => {
    const replayed = SCENARIOS.flatMap(({ steps }) => steps)
      .filter((step) => typeof step !== 'function')
      .map((step) => (typeof step === 'string' ? step : step.name));
    expect([...replayed, ...Object.keys(NOT_REPLAYED)].sort()).toEqual(recordedNames().sort());
  });
});
