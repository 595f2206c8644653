import { ConfigurationError, type StackConfiguration } from '../configuration';
import { SCRIPTS, type HostFiles } from './host-files';
import { serverSettings, workerSettings } from './settings';
import { MOST_BYTES, sizeOf, type Settings } from './user-data';

interface Script {
  readonly file: string;
  readonly script: string;
}

/** A token: nothing is known yet, and a name of a bucket has at most 63 letters. */
const WHERE = { region: 'x'.repeat(20), bucket: 'x'.repeat(63) };

/** @throws ConfigurationError */
export function checkUserData(configuration: StackConfiguration, { scripts }: HostFiles): void {
  const pools = Object.keys(configuration.pools).map((name) =>
    told(`pools.${name}`, { file: SCRIPTS.worker, script: scripts.worker }, workerSettings(configuration, name, WHERE)),
  );
  const server = { file: SCRIPTS.server, script: scripts.server };
  const mistakes = [told('server', server, serverSettings(configuration, WHERE)), ...pools].flat();
  if (mistakes.length > 0) throw new ConfigurationError('user data', mistakes);
}

function told(key: string, { file, script }: Script, settings: Settings): readonly string[] {
  const bytes = sizeOf(script, settings);
  if (bytes <= MOST_BYTES) return [];
  const own = Buffer.byteLength(script);
  return [
    `context.smartscale.${key}: its user data must be at most ${MOST_BYTES} bytes, not ${bytes}: ${file} takes ${own}, settings with labels and taints ${bytes - own}`,
  ];
}
