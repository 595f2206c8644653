import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Heard } from '../../webhook/alertmanager/heard';
import { parsePayload } from '../../webhook/alertmanager/payload';
import { readScalingAlert } from '../../webhook/alertmanager/scaling-alert';
import { body, posted } from './posted';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes in use when what is not needed any more is gone. */
function inUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

const MOST = 1000;
const LONG = 'x'.repeat(20_000);

/** As an alert arrives: its texts are new, and long wherever they may be. */
function arriving(n: number) {
  const [alert] = parsePayload(
    JSON.parse(
      JSON.stringify(
        body([
          posted({
            fingerprint: `f${n}`,
            labels: { alertname: `${LONG}${n}`, scale: 'up', pool: 'workers', cluster: 'c1', node: `${LONG}${n}` },
            annotations: { nodes: `${LONG}${n}`, summary: `${LONG}${n}`, runbook: `${LONG}${n}` },
          }),
        ]),
      ),
    ),
  ).alerts;
  const read = alert && readScalingAlert(alert, null);
  if (!read) throw new Error('it is no scaling alert');
  return read;
}

test('a flood of distinct alerts with texts of 20 kB leaves a few megabytes behind, however long it lasts', () => {
  const heard = new Heard(220_000, MOST);
  const before = inUse();
  for (let n = 0; n < 2 * MOST; n += 1) heard.remember(arriving(n), n);
  const grown = inUse() - before;
  expect(heard.all(2 * MOST)).toHaveLength(MOST);
  // A kilobyte or two each; with its texts whole each would hold a hundred.
  expect(grown).toBeLessThan(MOST * 8000);
});
