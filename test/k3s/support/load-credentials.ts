import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sandbox } from './sandbox';

/** What systemd does with each LoadCredential of the unit when it starts: a file of that name in a folder. */
export function loadCredentials(sandbox: Sandbox, unit: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const lines = sandbox.file(`/etc/systemd/system/${unit}`).matchAll(/^LoadCredential=([\w-]+):(.*)$/gm);
  for (const [, name = '', path = ''] of lines) writeFileSync(join(folder, name), sandbox.file(path));
}
