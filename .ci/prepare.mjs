/**
 * Makes a checkout runnable: checks Node, installs the locked packages, compiles. Runs before anything is installed, so it
 * uses Node alone. Each part is skipped when nothing that it depends on has changed. `--quiet` speaks only when it acts.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { fileURLToPath } from 'node:url';
import { acquire } from './lock.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const LOCK = join(ROOT, '.cache', 'prepare.lock');
const INSTALLED = join(ROOT, 'node_modules', '.smartscale-installed');
const BUILT = join(ROOT, 'dist', '.smartscale-built');
const SOURCES = ['webhook', 'simulator', 'stacks', 'prometheus-rules'];
const PATIENCE_MS = 15 * 60_000;
const quiet = process.argv.includes('--quiet');

const say = (line) => console.error(`prepare: ${line}`);
const sayUnlessQuiet = (line) => quiet || say(line);
const read = (...path) => readFileSync(join(ROOT, ...path), 'utf8');
const readIfThere = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : null);
const hash = (parts) => createHash('sha256').update(parts.join('\0')).digest('hex');

checkNode();
prepare().catch((error) => {
  say(error.message);
  process.exitCode = 1;
});

async function prepare() {
  if (isInstalled() && isBuilt()) return sayUnlessQuiet('packages and build are up to date');
  const release = await acquire(LOCK, {
    patienceMs: PATIENCE_MS,
    waiting: (pid) => say(`waiting for process ${pid}, which is preparing this checkout`),
  });
  try {
    await install();
    await build();
  } finally {
    release();
  }
}

function checkNode() {
  const wanted = JSON.parse(read('package.json')).engines.node.replace('>=', '');
  const [major, minor] = wanted.split('.').map(Number);
  const [ours, ourMinor] = process.versions.node.split('.').map(Number);
  if (ours > major || (ours === major && ourMinor >= minor)) return;
  say(
    `Node ${wanted} or newer is needed, this is ${process.versions.node}; install it from https://nodejs.org or with nvm`,
  );
  process.exit(1);
}

// ------------------------------------------------------------------- packages

function nodeMark() {
  return `node ${process.versions.node.split('.')[0]}\n`;
}

function installMark() {
  return `${nodeMark()}lock ${hash([read('package-lock.json')])}\n`;
}

function isInstalled() {
  return readIfThere(INSTALLED) === installMark();
}

async function install() {
  if (isInstalled()) return;
  if (!isInstalledByHand()) {
    await withProgress('installing the locked packages (npm ci, about a minute, 1 GB)', 'packages installed', () =>
      npm(['ci', '--include=dev', '--no-audit', '--no-fund']),
    );
  }
  writeFileSync(INSTALLED, installMark());
}

/** After `npm install`: npm keeps a list of what it installed beside the packages, and it agrees with ours. */
function isInstalledByHand() {
  const mark = readIfThere(INSTALLED);
  if (mark !== null && !mark.startsWith(nodeMark())) return false;
  const list = readIfThere(join(ROOT, 'node_modules', '.package-lock.json'));
  if (list === null) return false;
  const there = JSON.parse(list).packages;
  const locked = JSON.parse(read('package-lock.json')).packages;
  const agrees = (path) =>
    there[path]?.version === locked[path]?.version && there[path]?.integrity === locked[path]?.integrity;
  const needed = Object.keys(locked).filter((path) => path !== '' && !locked[path].optional);
  return needed.every(agrees) && Object.keys(there).every(agrees);
}

// ---------------------------------------------------------------------- build

function buildMark() {
  const own = ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json'];
  const sources = SOURCES.flatMap((folder) => filesUnder(folder)).filter((path) => /\.(ts|json)$/.test(path));
  return hash([...own, ...sources.sort()].flatMap((path) => [path, read(path)]));
}

function filesUnder(folder) {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesUnder(path) : [path];
  });
}

function isBuilt() {
  return readIfThere(BUILT) === buildMark();
}

async function build() {
  if (isBuilt()) return;
  // Taken before compiling: what is edited meanwhile is compiled next time.
  const mark = buildMark();
  await withProgress('compiling (npm run build)', 'compiled', () => npm(['run', 'build', '--silent']));
  mkdirSync(dirname(BUILT), { recursive: true });
  writeFileSync(BUILT, mark);
}

// ------------------------------------------------------------------------ npm

async function withProgress(doing, done, work) {
  const begin = Date.now();
  const seconds = () => `${Math.round((Date.now() - begin) / 1000)} s`;
  say(doing);
  const ticking = setInterval(() => say(`still ${doing.split(' ')[0]}, ${seconds()}`), 15_000);
  try {
    await work();
    say(`${done} in ${seconds()}`);
  } finally {
    clearInterval(ticking);
  }
}

/** Inside `npm run` the same npm again, else the one on PATH. Its output is shown only if it fails. */
function npm(args) {
  const running = process.env.npm_execpath;
  const known = running !== undefined && basename(running).startsWith('npm');
  const [command, first] = known ? [process.execPath, [running]] : ['npm', []];
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...first, ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = [];
    const stop = () => child.kill();
    process.once('SIGTERM', stop);
    child.stdout.on('data', (chunk) => output.push(chunk));
    child.stderr.on('data', (chunk) => output.push(chunk));
    child.on('error', (error) => reject(new Error(`npm cannot be started (${error.message}); it comes with Node`)));
    child.on('close', (code, signal) => {
      process.off('SIGTERM', stop);
      if (code === 0) return resolve();
      reject(new Error(explain(args, signal ?? code, output.map(String).join(''))));
    });
  });
}

function explain(args, end, output) {
  const command = `npm ${args.join(' ')}`;
  if (end === 'SIGTERM') return `${command} was stopped`;
  const tail = output.trimEnd().split('\n').slice(-25).join('\n');
  const offline = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ERR_SOCKET_TIMEOUT/.exec(output);
  const advice = offline
    ? `the package registry cannot be reached (${offline[0]}): check the network, a proxy (npm config get proxy) and "npm config get registry", then run the command again`
    : 'correct what it says above and run the command again';
  return `${command} failed (${end}):\n${tail}\nprepare: ${advice}`;
}
