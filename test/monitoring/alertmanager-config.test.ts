import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { findBinaries } from '../../simulator/monitoring/binaries';
import { SHIPPED } from '../../simulator/monitoring/shipped-files';
import { durationMs } from '../../simulator/monitoring/time-scale';
import { configWith } from '../config/example';

const run = promisify(execFile);
const file = SHIPPED.alertmanagerConfig;

interface Route {
  matchers?: string[];
  group_by: string[];
  group_wait: string;
  group_interval: string;
  repeat_interval: string;
}

interface Config {
  route: Route & { routes: Route[] };
  inhibit_rules: { source_matchers: string[]; target_matchers: string[] }[];
  receivers: { name: string; webhook_configs?: Record<string, unknown>[] }[];
}

async function config(): Promise<Config> {
  return parse(await readFile(file, 'utf8')) as Config;
}

async function amtool(...args: string[]): Promise<string> {
  const { amtool: program } = await findBinaries();
  return (await run(program, args)).stdout;
}

describe('the shipped Alertmanager configuration', () => {
  it('is valid', async () => {
    expect(await amtool('check-config', file)).toContain('SUCCESS');
  });

  it.each([
    ['smartscale', ['alertname=HighCpu', 'scale=up', 'pool=workers', 'cluster=default']],
    ['smartscale', ['alertname=Idle', 'scale=down', 'pool=workers', 'cluster=default']],
    ['smartscale', ['alertname=SpotInterruption', 'scale=replace', 'pool=workers', 'node=n1']],
    ['smartscale', ['alertname=HighCpu', 'scale=up', 'pool=workers', 'mode=shadow']],
    ['none', ['alertname=Watchdog', 'severity=none']],
    ['none', ['alertname=DiskFull', 'severity=critical', 'pool=workers']],
    ['none', ['alertname=Typo', 'scale=sideways']],
  ])('sends to %s what carries %j', async (receiver, labels) => {
    const args = ['config', 'routes', 'test', `--config.file=${file}`, `--verify.receivers=${receiver}`, ...labels];
    expect((await amtool(...args)).trim()).toContain(receiver);
  });

  it('posts every scaling alert by itself, and repeats just before a group interval ends', async () => {
    const routes = (await config()).route.routes;
    expect(routes).toHaveLength(3);
    for (const route of routes) {
      expect(route.group_by).toEqual(['...']);
      const repeat = durationMs(route.repeat_interval);
      expect((repeat + 5_000) % durationMs(route.group_interval)).toBe(0);
      expect(repeat).toBeLessThan(180_000);
    }
  });

  it('repeats what fires before the webhook has forgotten that it was posted', async () => {
    const { routes } = (await config()).route;
    const { heardFor } = configWith().timings;
    for (const route of routes) expect(durationMs(route.repeat_interval) + 40_000).toBeLessThan(heardFor);
  });

  it('sends up and replace at once, down after up has had time to inhibit it', async () => {
    const [replace, up, down] = (await config()).route.routes;
    expect(replace).toMatchObject({ matchers: ['scale="replace"'], group_wait: '0s', group_interval: '10s' });
    expect(up).toMatchObject({ matchers: ['scale="up"'], group_wait: '0s', group_interval: '30s' });
    expect(down).toMatchObject({ matchers: ['scale="down"'], group_wait: '45s', group_interval: '1m' });
  });

  it('lets nothing inhibit a replace alert, and a replace alert inhibit nothing', async () => {
    const rules = (await config()).inhibit_rules;
    expect(rules).toHaveLength(1);
    expect(rules[0]?.source_matchers).toContain('scale="up"');
    expect(rules[0]?.target_matchers).toContain('scale="down"');
  });

  it('authenticates from a file, follows no redirects, and leaves nothing out of a post', async () => {
    const receiver = (await config()).receivers.find(({ name }) => name === 'smartscale');
    expect(receiver?.webhook_configs).toHaveLength(1);
    expect(receiver?.webhook_configs?.[0]).toMatchObject({
      send_resolved: true,
      max_alerts: 0,
      http_config: { follow_redirects: false, authorization: { type: 'Bearer' } },
    });
    expect(JSON.stringify(receiver)).toMatch(/"credentials_file":"\//);
    expect(JSON.stringify(receiver)).not.toMatch(/"credentials":/);
  });
});
