/** npm run demo: a scenario, told as it happens and judged at the end. */
import { findBinaries } from '../monitoring/binaries';
import { openStage, type Stage } from '../stage/stage';
import { DEMO_HELP, parseDemoOptions, type DemoOptions } from './options';
import { makePaint } from './paint';
import { SCENARIOS } from './scenarios';

const paint = makePaint(process.stdout.isTTY && !process.env['NO_COLOR']);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<number> {
  // The SDK's notice about Node releases is for its developers, not for whoever watches a demo.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const options = parseDemoOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(DEMO_HELP);
    return 0;
  }
  const scenario = SCENARIOS[options.scenario];
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interrupted.abort());
  const binaries = await findBinaries({ say });
  say(
    paint.dim('starting simulator, DynamoDB emulator, Prometheus, Alertmanager and the webhook on loopback ports ...'),
  );
  const lines: Parameters<NonNullable<Parameters<typeof openStage>[0]['onLine']>>[0][] = [];
  const stage = await openStage({
    binaries,
    timeScale: options.timeScale,
    pools: scenario.pools,
    world: { seed: options.seed },
    onLine: (line) => lines.push(line),
  });
  try {
    const passed = await scenario.play({ stage, options, lines, paint, say, signal: interrupted.signal });
    if (options.keep && !interrupted.signal.aborted) await keep(stage, options, interrupted.signal);
    return interrupted.signal.aborted && !options.keep ? 130 : passed ? 0 : 1;
  } finally {
    await stage.stop();
  }
}

async function keep(stage: Stage, { timeScale }: DemoOptions, signal: AbortSignal): Promise<void> {
  say(`\nStill running (time scale ${timeScale}). Ctrl-C ends it.`);
  say(`  webhook       ${stage.webhooks[0]?.url}/healthz   /readyz   /metrics`);
  say(`  Prometheus    ${stage.monitoring.prometheusUrl}`);
  say(`  Alertmanager  ${stage.monitoring.alertmanagerUrl}`);
  say(`  rules         ${stage.monitoring.rulesFile}`);
  say(`  simulator     ${stage.simulator.adminUrl}/admin/state`);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve());
    // Something must keep the process alive besides the servers, which a stop ends one by one.
  });
}

main()
  .then((code) => {
    process.exitCode = code;
  })
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
