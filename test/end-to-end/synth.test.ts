import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY } from '../../simulator/monitoring/shipped-files';

const POOLS = { workers: { instanceTypes: ['m6i.large'] } };
const OUTPUT = 'cdktf.out/stacks/smartscale/cdk.tf.json';

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly told: string;
}

/** What `npm run synth` runs when everything is compiled, in a checkout whose cdktf.json may be anything. */
describe('the synthesis, as a process', () => {
  let checkout: string;

  beforeAll(() => {
    checkout = mkdtempSync(join(tmpdir(), 'smartscale-checkout-'));
    for (const it of ['stacks', 'webhook'])
      cpSync(join(REPOSITORY, 'dist', it), join(checkout, 'dist', it), { recursive: true });
    for (const it of ['node_modules', 'k3s', 'prometheus-rules', 'package.json'])
      symlinkSync(join(REPOSITORY, it), join(checkout, it));
    mkdirSync(join(checkout, 'dist/bundle'));
    writeFileSync(join(checkout, 'dist/bundle/webhook.js'), '// the webhook\n');
  });

  beforeEach(() => rmSync(join(checkout, 'cdktf.out'), { recursive: true, force: true }));
  afterAll(() => rmSync(checkout, { recursive: true }));

  function synthesise(written: string): Promise<Ran> {
    writeFileSync(join(checkout, 'cdktf.json'), written);
    const program = [join(checkout, 'dist/stacks/main.js')];
    return new Promise((resolve) => {
      execFile(process.execPath, program, { cwd: checkout }, (error, out, told) =>
        resolve({ code: error === null ? 0 : Number(error.code), out, told }),
      );
    });
  }

  const withSmartscale = (smartscale: object) => JSON.stringify({ app: 'x', context: { smartscale } });

  test('a configuration that is right becomes Terraform JSON', async () => {
    const { code, out, told } = await synthesise(withSmartscale({ pools: POOLS }));
    expect({ code, told }).toEqual({ code: 0, told: '' });
    expect(out).toMatch(/^synthesised .*cdk\.tf\.json\n$/);
    expect(existsSync(join(checkout, OUTPUT))).toBe(true);
  });

  test.each<[what: string, written: string, told: readonly string[]]>([
    [
      'every mistake of several sections',
      withSmartscale({ regoin: 'x', cluster: 'Main', pools: { workers: { ...POOLS.workers, max: 1 } } }),
      [
        'context.smartscale.cluster: must be at most 20 lower case letters, digits and dashes, beginning with a letter, not "Main"',
        'context.smartscale.regoin: is no key; did you mean region? The keys here are',
        'context.smartscale.pools.workers.max: must not be less than min, which is 2, not 1',
      ],
    ],
    ['a comma too many', '{"context": {},}', ['line 1, column 16: must be JSON']],
    ['an empty file', '', ['must be JSON with the configuration in context.smartscale: docs/deploy.md; it is empty']],
    [
      'a bundle that is not there',
      withSmartscale({ pools: POOLS, bundle: 'nowhere.js' }),
      ['context.smartscale.bundle: must be the path of the built webhook, and nowhere.js is no file'],
    ],
    [
      'labels that no parameter has room for',
      withSmartscale({
        pools: {
          workers: {
            ...POOLS.workers,
            labels: Object.fromEntries(
              Array.from({ length: 200 }, (_, i) => [`example.com/label-${i}`, 'x'.repeat(60)]),
            ),
          },
        },
      }),
      [
        'context.smartscale.pools.workers: must be shorter: as JSON it would be 17734 bytes, and an SSM parameter takes 8192',
      ],
    ],
  ])(
    '%s is told by lines, with a code that is not 0 and without a stack trace; nothing is written',
    async (_what, written, told) => {
      const ran = await synthesise(written);
      expect(ran.code).toBe(1);
      const [heading = '', ...lines] = ran.told.trimEnd().split('\n');
      expect(heading).toMatch(/ cannot be used:$/);
      expect(lines).toHaveLength(told.length);
      told.forEach((it, i) => expect(lines[i]).toContain(`  - ${it}`));
      expect(existsSync(join(checkout, OUTPUT))).toBe(false);
    },
  );
});
