/** A peer as a process of its own on a free port of loopback. */
import { spawn } from 'node:child_process';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const START_MS = 60_000;
const ANSWER_MS = 2000;
const END_MS = 10_000;

/** Resolves when it answers HTTP; the process ends with `stop`, and with ours. `args`: made from the port. */
export async function startServer({ command, args, cwd }, say) {
  const port = await freePort();
  const child = spawn(command, args(port), { ...(cwd && { cwd }), stdio: ['ignore', 'pipe', 'pipe'] });
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  const stop = async () => {
    process.off('exit', end);
    await ended(child);
  };
  try {
    await answering(child, port);
  } catch (error) {
    await stop();
    throw error;
  }
  say(`runs on port ${port}, process ${child.pid}`);
  return { url: `http://127.0.0.1:${port}`, stop };
}

function freePort() {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Rejects when it ends before it answers, or takes too long. */
async function answering(child, port) {
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
  child.on('error', (error) => (said += error.message));
  const giveUpAt = Date.now() + START_MS;
  while (!(await answers(port))) {
    if (child.pid === undefined || child.exitCode !== null || Date.now() > giveUpAt) {
      throw new Error(`it does not answer: ${said.trim()}`);
    }
    await sleep(100);
  }
}

function answers(port) {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, timeout: ANSWER_MS }, (response) => {
      response.resume();
      resolve(true);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

async function ended(child) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGTERM');
  await Promise.race([closed, sleep(END_MS, undefined, { ref: false })]);
  child.kill('SIGKILL');
  await closed;
}
