import { readFileSync } from 'node:fs';
import { join } from 'node:path';
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

  it('and the documentation names what is compared in part or not at all', () => {
    const page = readFileSync(join(__dirname, '../../../docs/simulator.md'), 'utf8');
    const inPart = SCENARIOS.flatMap(({ steps }) => steps).flatMap((step) =>
      typeof step === 'object' && step.ignore ? [step.name] : [],
    );
    const named = [...inPart, ...Object.keys(NOT_REPLAYED)];
    expect(named.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
    expect(page).toContain(`Of the ${recordedNames().length} exchanges with the API server`);
  });
});
