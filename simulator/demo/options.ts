import { parseArgs } from 'node:util';

export interface DemoOptions {
  readonly help: boolean;
  /** Leave everything running at the end until Ctrl-C. */
  readonly keep: boolean;
  /** Divides every duration of policy and simulator. */
  readonly timeScale: number;
  readonly seed: number;
}

export const DEMO_HELP = `npm run demo [-- options]

A flash sale on a simulated EC2 and K3s: real Prometheus and Alertmanager, the shipped rules and routes, the real
webhook process, the real AWS and Kubernetes clients. Ends by itself in under three minutes; exits 1 when nodes were not
bought when they were needed, or not given back.

  --keep           leave everything running at the end, print the addresses, until Ctrl-C
  --time-scale N   how many times faster than life, 10 to 60 (default 30): divides every duration of rules, routes,
                   configuration and simulator
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
      keep: { type: 'boolean', default: false },
      'time-scale': { type: 'string', default: '30' },
      seed: { type: 'string', default: '1' },
    },
  });
  const timeScale = numberIn(values['time-scale'], 'time-scale', 10, 60);
  return { help: values.help, keep: values.keep, timeScale, seed: numberIn(values.seed, 'seed', 0, 2 ** 31) };
}

function numberIn(text: string, option: string, least: number, most: number): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number) && number >= least && number <= most) return number;
  throw new Error(`--${option} takes a number from ${least} to ${most}, not "${text}"`);
}
