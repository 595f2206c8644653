import { ConfigurationError, type StackConfiguration } from '../configuration';
import { SCRIPTS, type HostFiles } from './host-files';
import { serverSettings, workerSettings } from './settings';
import { MOST_BYTES, sizeOf } from './user-data';

/** A token: nothing is known yet, and a name of a bucket has at most 63 letters. */
const WHERE = { region: 'x'.repeat(20), bucket: 'x'.repeat(63) };

/** @throws ConfigurationError */
export function checkUserData(configuration: StackConfiguration, { scripts }: HostFiles): void {
  const all = [
    ['server', SCRIPTS.server, sizeOf(scripts.server, serverSettings(configuration, WHERE))] as const,
    ...Object.keys(configuration.pools).map(
      (name) =>
        [`pools.${name}`, SCRIPTS.worker, sizeOf(scripts.worker, workerSettings(configuration, name, WHERE))] as const,
    ),
  ];
  const mistakes = all
    .filter(([, , bytes]) => bytes > MOST_BYTES)
    .map(
      ([key, path, bytes]) =>
        `${path}: the user data of ${key} must be at most ${MOST_BYTES} bytes, settings included, not ${bytes}`,
    );
  if (mistakes.length > 0) throw new ConfigurationError('user data', mistakes);
}
