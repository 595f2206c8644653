import { readFile, writeFile } from 'node:fs/promises';

/**
 * Debian's Alertmanager opens its notification templates under an absolute path that is compiled in, and does not start
 * where the package is only unpacked. The same number of bytes, relative: it then finds them when it runs in the folder
 * that it was unpacked to. A build that has the templates inside does not contain the path and stays as it is.
 */
const COMPILED_IN = '/usr/share/prometheus/alertmanager';
const RELATIVE = 'usr//share/prometheus/alertmanager';

export async function relocateAlertmanager(program: string): Promise<void> {
  const bytes = await readFile(program);
  let found = bytes.indexOf(COMPILED_IN);
  if (found < 0) return;
  for (; found >= 0; found = bytes.indexOf(COMPILED_IN, found)) bytes.write(RELATIVE, found, 'latin1');
  await writeFile(program, bytes);
}
