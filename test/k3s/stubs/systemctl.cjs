#!/usr/bin/env node
/** systemd as far as the scripts of hosts use it: what a unit of the sandbox says is run, once, with its environment file. */
const { spawnSync } = require('node:child_process');
const { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const { SMARTSCALE_ROOT: root, SANDBOX_LOGS: logs } = process.env;
const [command, ...args] = process.argv.slice(2);
appendFileSync(join(logs, 'commands'), `systemctl ${process.argv.slice(2).join(' ')}\n`);
const name = args.filter((it) => !it.startsWith('--')).at(-1) ?? '';

if (command === 'restart' || command === 'start') start(name);

function start(name) {
  const [, template, instance = ''] = /^([^@]+@)(.+)\.service$/.exec(name) ?? [];
  const path = join(root, '/etc/systemd/system', template ? `${template}.service` : name);
  if (!existsSync(path)) fail(`Failed to ${command} ${name}: Unit ${name} not found.`);
  const lines = readFileSync(path, 'utf8').replaceAll('%i', instance).replaceAll('%n', name).split('\n');
  const values = (key) => lines.filter((it) => it.startsWith(`${key}=`)).map((it) => it.slice(key.length + 1));
  const [file] = values('EnvironmentFile').map((it) => it.replace(/^-/, ''));
  const [unless] = values('ConditionPathExists').map((it) => it.replace(/^!/, ''));
  if (unless && existsSync(join(root, unless))) return;
  const settings = file && existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '';
  const environment = Object.fromEntries(
    [...settings.split('\n').filter(Boolean), ...values('Environment')].map((it) => it.split(/=(.*)/s)),
  );
  // A unit sees nothing of who starts it.
  const { PATH, HOME } = process.env;
  const sandbox = Object.entries(process.env).filter(([key]) =>
    /^(SANDBOX_.*|TMPDIR|SMARTSCALE_(ROOT|IMDS|TRIES|.*_SECONDS|NODE.*|K3S_URL|WEBHOOK))$/.test(key),
  );
  const env = { PATH, HOME, ...Object.fromEntries(sandbox), ...environment };
  for (const line of [...values('ExecStartPre'), ...values('ExecStart')]) {
    const optional = line.startsWith('-');
    const { status, stderr } = spawnSync('sh', ['-c', inSandbox(line.replace(/^-/, ''))], { env, encoding: 'utf8' });
    appendFileSync(join(logs, 'journal'), stderr);
    if (status === 0 || optional) continue;
    // One that is to be started again fails only when it has often failed.
    if (!values('Restart').includes('always')) for (const other of values('OnFailure')) start(other);
    fail(`Job for ${name} failed because the control process exited with error code.`);
  }
  appendFileSync(join(logs, `active-${name}`), '');
  if (name === 'smartscale.service') startWebhook();
}

/** It answers at SANDBOX_WEBHOOK, unless it is broken: it then ends after it has started. */
function startWebhook() {
  const { SANDBOX_WEBHOOK: folder } = process.env;
  rmSync(folder, { recursive: true, force: true });
  const text = readFileSync(join(root, 'opt/smartscale/release/webhook.js'), 'utf8');
  if (text.includes('broken')) return appendFileSync(join(logs, 'journal'), 'TypeError: it is broken\n');
  mkdirSync(folder);
  return writeFileSync(join(folder, 'healthz'), '{}');
}

/** Paths of the machine, in the sandbox; programs of the system stay where they are. */
function inSandbox(line) {
  if (/webhook\.js|smartscale-notices\.sh/.test(line)) return 'true';
  return line
    .replaceAll(/(^| )(\/(usr\/local|opt|etc|var)\/)/g, `$1${root}$2`)
    .replaceAll('$$', '$')
    .replaceAll('/bin/bash', 'bash');
}

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
