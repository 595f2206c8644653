import { parseArgs } from 'node:util';
import type { SimulatorOptions, SimulatorUrls } from './server';
import { startSimulator } from './server';
import { flashSale } from './workload/flash-sale';
import { EMPTY_SCRIPT } from './workload/script';

const HELP = `Usage: node dist/simulator/main.js [options]

Runs the simulated EC2 region, Kubernetes API and exporters on free ports of 127.0.0.1 until it gets SIGINT or SIGTERM.
Prints one line of JSON: {"ec2Url", "kubernetesUrl", "discoveryUrl", "imdsUrl", "adminUrl"}.

  --time-scale <n>   how many times faster than real life (default 1)
  --seed <n>         same seed, same delays and ids (default 1)
  --tick-ms <n>      real milliseconds between two ticks (default 50)
  --script <name>    flash-sale, or none (default none)
  --no-server        without the K3s server's node
  --help             this text
`;

const SCRIPTS = { 'flash-sale': flashSale(), none: EMPTY_SCRIPT } as const;

/** The options that these arguments ask for, or null for the help. Throws an Error that names the mistake. */
function simulatorArguments(args: readonly string[]): SimulatorOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      'time-scale': { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      'tick-ms': { type: 'string', default: '50' },
      script: { type: 'string', default: 'none' },
      'no-server': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  return {
    timeScale: positive('--time-scale', values['time-scale']),
    seed: positive('--seed', values.seed),
    tickMs: positive('--tick-ms', values['tick-ms']),
    script: scriptNamed(values.script),
    controlPlane: !values['no-server'],
  };
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && Number.isFinite(value))) throw new Error(`${option} must be a number above 0, not "${text}"`);
  return value;
}

function scriptNamed(name: string) {
  if (Object.hasOwn(SCRIPTS, name)) return SCRIPTS[name as keyof typeof SCRIPTS];
  throw new Error(`--script must be one of ${Object.keys(SCRIPTS).join(', ')}, not "${name}"`);
}

/** What the process gives and takes, so that tests need no process. */
export interface ProcessPort {
  out(text: string): void;
  err(text: string): void;
  /** Resolves when somebody wants the end. */
  readonly ended: Promise<void>;
}

/** Resolves with the exit code: 0, or 2 when the arguments make no sense. */
export async function runSimulator(args: readonly string[], port: ProcessPort): Promise<number> {
  let options: SimulatorOptions | null;
  try {
    options = simulatorArguments(args);
  } catch (error) {
    port.err(`${error instanceof Error ? error.message : String(error)}\nSee --help.\n`);
    return 2;
  }
  if (options === null) port.out(HELP);
  else await serve(options, port);
  return 0;
}

async function serve(options: SimulatorOptions, port: ProcessPort): Promise<void> {
  const { ec2Url, kubernetesUrl, discoveryUrl, imdsUrl, adminUrl, stop } = await startSimulator(options);
  const urls: SimulatorUrls = { ec2Url, kubernetesUrl, discoveryUrl, imdsUrl, adminUrl };
  port.out(`${JSON.stringify(urls)}\n`);
  await port.ended;
  await stop();
}

if (require.main === module) {
  const ended = new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  const port: ProcessPort = {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    ended,
  };
  void runSimulator(process.argv.slice(2), port).then((code) => {
    process.exitCode = code;
  });
}
