import { spawn } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const CI = join(__dirname, '..', '..', '.ci');

/** Stands in for npm: notes what it was called with and leaves behind what the real one would. */
const NPM = `
const fs = require('node:fs');
const args = process.argv.slice(2);
fs.appendFileSync('calls.log', args.slice(0, 2).join(' ') + '\\n');
if (fs.existsSync('npm-fails')) {
  console.error(fs.readFileSync('npm-fails', 'utf8'));
  process.exit(1);
}
fs.rmSync(args[0] === 'ci' ? 'node_modules' : 'nothing', { recursive: true, force: true });
fs.mkdirSync(args[0] === 'ci' ? 'node_modules' : 'dist', { recursive: true });
`;

export interface Run {
  readonly code: number | null;
  readonly said: string;
}

/** A checkout of a few small files with the real bootstrap in it. */
export class Checkout {
  readonly path = mkdtempSync(join(tmpdir(), 'smartscale-checkout-'));

  constructor() {
    cpSync(CI, join(this.path, '.ci'), { recursive: true });
    this.write('package.json', '{"engines":{"node":">=20.10"}}');
    this.write('package-lock.json', '{"packages":{"":{},"node_modules/a":{"version":"1.0.0"}}}');
    for (const file of ['tsconfig.json', 'tsconfig.build.json', 'npm-cli.js']) this.write(file, '{}');
    for (const folder of ['webhook', 'simulator', 'stacks', 'prometheus-rules']) this.write(`${folder}/a.ts`, '');
    this.write('npm-cli.js', NPM);
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.path, path)), { recursive: true });
    writeFileSync(join(this.path, path), text);
  }

  append(path: string, text: string): void {
    appendFileSync(join(this.path, path), text);
  }

  delete(path: string): void {
    rmSync(join(this.path, path), { recursive: true, force: true });
  }

  has(path: string): boolean {
    return existsSync(join(this.path, path));
  }

  /** What npm was called with since the last look. */
  npmCalls(): string[] {
    const log = join(this.path, 'calls.log');
    const calls = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n') : [];
    this.delete('calls.log');
    return calls;
  }

  prepare(...args: string[]): Promise<Run> {
    return this.node([join(this.path, '.ci', 'prepare.mjs'), ...args]);
  }

  /** Runs Node in a folder that is not the checkout. */
  node(args: string[]): Promise<Run> {
    const env = { ...process.env, npm_execpath: join(this.path, 'npm-cli.js') };
    const child = spawn(process.execPath, args, { cwd: tmpdir(), env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    return new Promise((resolve) => child.on('close', (code) => resolve({ code, said })));
  }
}
