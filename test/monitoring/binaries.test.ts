import { chmod, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { findBinaries } from '../../simulator/monitoring/binaries';
import { relocateAlertmanager } from '../../simulator/monitoring/relocate';

const PROGRAMS = ['prometheus', 'promtool', 'prometheus-alertmanager', 'amtool'];

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'smartscale-binaries-'));
});

afterEach(() => rm(folder, { recursive: true }));

async function script(name: string, text: string): Promise<void> {
  await mkdir(join(folder, 'bin'), { recursive: true });
  await writeFile(join(folder, 'bin', name), `#!/bin/sh\n${text}\n`);
  await chmod(join(folder, 'bin', name), 0o755);
}

/** apt-get and dpkg-deb that pack and unpack empty programs; each call is a line of `calls`. */
async function fakePackageTools(): Promise<void> {
  await script('apt-get', `echo "apt-get $*" >> ${folder}/calls; case "$*" in *download*) touch prometheus.deb;; esac`);
  const unpack = PROGRAMS.map((name) => `echo "${name}" > "$3/usr/bin/${name}"; chmod +x "$3/usr/bin/${name}"`);
  await script('dpkg-deb', `echo "dpkg-deb $*" >> ${folder}/calls; mkdir -p "$3/usr/bin"; ${unpack.join('; ')}`);
}

function environment(): Record<string, string> {
  return { PATH: [join(folder, 'bin'), '/usr/bin', '/bin'].join(delimiter), XDG_CACHE_HOME: join(folder, 'cache') };
}

describe('findBinaries', () => {
  it('takes what is on PATH, under the names of any distribution', async () => {
    for (const name of PROGRAMS) await script(name, 'exit 0');
    const said: string[] = [];
    const found = await findBinaries({ environment: environment(), say: (line) => said.push(line) });
    expect(found.alertmanager).toBe(join(folder, 'bin/prometheus-alertmanager'));
    expect(found.prometheus).toBe(join(folder, 'bin/prometheus'));
    expect(said).toEqual([]);
  });

  it('unpacks the packages of the system into the cache when they are not, says so, and does it once', async () => {
    await fakePackageTools();
    const said: string[] = [];
    const search = { environment: environment(), say: (line: string) => said.push(line) };
    const found = await findBinaries(search);
    const unpacked = join(folder, 'cache/smartscale/monitoring');
    expect(found).toMatchObject({ promtool: join(unpacked, 'usr/bin/promtool'), runIn: unpacked });
    expect(await findBinaries(search)).toEqual(found);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/prometheus, promtool, alertmanager, amtool not on PATH: downloading the packages/);
    expect(await readdir(join(folder, 'cache/smartscale'))).toEqual(['monitoring']);
    const calls = await readFile(join(folder, 'calls'), 'utf8');
    expect(calls).toMatch(/apt-get .*Dir::State::lists=.*Debug::NoLocking=1.* update\napt-get .* download prometheus/);
  });

  it('lets several processes download at once', async () => {
    await fakePackageTools();
    const found = await Promise.all([1, 2, 3, 4].map(() => findBinaries({ environment: environment() })));
    expect(new Set(found.map(({ prometheus }) => prometheus)).size).toBe(1);
    expect(await readdir(join(folder, 'cache/smartscale'))).toEqual(['monitoring']);
    expect(await readFile(found[0]?.amtool ?? '', 'utf8')).toBe('amtool\n');
  });

  it('says what to install where there is no apt-get', async () => {
    const bare = { PATH: join(folder, 'bin'), XDG_CACHE_HOME: join(folder, 'cache') };
    await expect(findBinaries({ environment: bare })).rejects.toThrow(
      /prometheus, promtool, alertmanager, amtool not found.*apt-get is not there.*Install Prometheus and Alertmanager/,
    );
    expect(await readdir(join(folder, 'cache/smartscale'))).toEqual([]);
  });

  it('says what apt-get said when there is no network', async () => {
    await script('apt-get', 'echo "E: Could not resolve deb.debian.org" >&2; exit 100');
    await expect(findBinaries({ environment: environment() })).rejects.toThrow(
      /apt-get failed: E: Could not resolve deb.debian.org.*apt-get install prometheus prometheus-alertmanager/,
    );
  });
});

describe('relocateAlertmanager', () => {
  it('makes the compiled-in folder relative, byte for byte of the same length', async () => {
    const file = join(folder, 'program');
    const bytes = Buffer.from([0, 255, ...Buffer.from('x/usr/share/prometheus/alertmanager/ui/'), 128, 0]);
    await writeFile(file, bytes);
    await relocateAlertmanager(file);
    const after = await readFile(file);
    expect(after).toHaveLength(bytes.length);
    expect(after.toString('latin1')).toContain('xusr//share/prometheus/alertmanager/ui/');
    expect([after[0], after[1], after.at(-2)]).toEqual([0, 255, 128]);
  });
});
