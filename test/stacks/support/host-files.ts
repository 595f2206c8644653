import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** What a shell needs escaped from Terraform, and what Terraform must leave alone. */
export const SCRIPT = '#!/bin/sh\nset -eu\necho "${SMARTSCALE_CLUSTER:-none} %{literal} $${x}"\n';

const CONTENT: Readonly<Record<string, string>> = {
  'k3s/server/bootstrap.sh': SCRIPT,
  'k3s/worker/bootstrap.sh': SCRIPT,
  'k3s/worker/smartscale-notices.sh': '#!/bin/sh\n',
  'k3s/README.md': 'for people\n',
  'prometheus-rules/smartscale.rules.yaml': 'groups: []\n',
  'prometheus-rules/check.ts': 'export {};\n',
  'prometheus-rules/tests/idle.yaml': 'tests: []\n',
  'dist/bundle/webhook.js': 'module.exports = {};\n',
  'dist/bundle/webhook.js.map': '{}\n',
};

/** A repository with what machines get, for the tests of one file. `changes`: null takes a file away. */
export function hostRoot(changes: Readonly<Record<string, string | null>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'smartscale-hosts-'));
  roots.push(root);
  for (const [path, content] of Object.entries({ ...CONTENT, ...changes })) {
    if (content === null) continue;
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

const roots: string[] = [];
afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true });
});
