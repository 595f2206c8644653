import { parseArgs } from 'node:util';

export const SCENARIO_NAMES = ['flash-sale', 'spot-drought', 'stubborn-drain'] as const;
export type ScenarioName = (typeof SCENARIO_NAMES)[number];

/** Two minutes of EC2's warning have to stay long beside what is never scaled: the network, and the retries of evictions. */
const TIME_SCALES: Readonly<Record<ScenarioName, number>> = {
  'flash-sale': 30,
  'spot-drought': 10,
  'stubborn-drain': 30,
};

export interface DemoOptions {
  readonly scenario: ScenarioName;
  readonly help: boolean;
  /** Leave everything running at the end until Ctrl-C. */
  readonly keep: boolean;
  /** Divides every duration of policy and simulator. */
  readonly timeScale: number;
  readonly seed: number;
}

export const DEMO_HELP = `npm run demo [-- options]

A scenario on a simulated EC2 and K3s: real Prometheus and Alertmanager, the shipped rules and routes, the real webhook
process, the real AWS and Kubernetes clients. Ends by itself in under three minutes; exits 1 when what had to be done was
not done.

  --scenario NAME  flash-sale (default): load rises, nodes are bought when they are needed, and given back
                   spot-drought: spot runs out in one zone, then everywhere, and EC2 takes two nodes, beside a pool
                   that has the same load and all the spot it wants
                   stubborn-drain: a budget stops one drain and a bare pod another, which end back in service with the
                   reason told; one node is refused before its drain, one drains
  --keep           leave everything running at the end, print the addresses, until Ctrl-C
  --time-scale N   how many times faster than life, 5 to 60 (default 30, spot-drought 10): divides every duration of rules,
                   routes, configuration and simulator
  --seed N         another draw of boot times and ids (default 1)
  --help           this text

Only loopback addresses and free ports are used; nothing is left behind.
`;

/** Throws an Error that names the wrong option. */
export function parseDemoOptions(args: readonly string[]): DemoOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', default: false },
      scenario: { type: 'string', default: 'flash-sale' },
      keep: { type: 'boolean', default: false },
      'time-scale': { type: 'string' },
      seed: { type: 'string', default: '1' },
    },
  });
  const scenario = SCENARIO_NAMES.find((name) => name === values.scenario);
  if (!scenario) throw new Error(`--scenario takes one of ${SCENARIO_NAMES.join(', ')}, not "${values.scenario}"`);
  const timeScale = numberIn(values['time-scale'] ?? String(TIME_SCALES[scenario]), 'time-scale', 5, 60);
  return { scenario, help: values.help, keep: values.keep, timeScale, seed: numberIn(values.seed, 'seed', 0, 2 ** 31) };
}

function numberIn(text: string, option: string, least: number, most: number): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number) && number >= least && number <= most) return number;
  throw new Error(`--${option} takes a number from ${least} to ${most}, not "${text}"`);
}
