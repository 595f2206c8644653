/** The calls to AWS that the code makes, read from its sources, as IAM names them. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..', '..');
const IMPORT = /import \{([^}]*)\} from '@aws-sdk\/(?:client|lib)-([a-z0-9-]+)'/g;

const SERVICES: Readonly<Record<string, string>> = {
  ec2: 'ec2',
  dynamodb: 'dynamodb',
  'service-quotas': 'servicequotas',
  pricing: 'pricing',
  ssm: 'ssm',
  s3: 's3',
  sns: 'sns',
};
/** Of lib-dynamodb, which shortens them. */
const ITEMS: Readonly<Record<string, string>> = {
  Get: 'GetItem',
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
};

export function callsOfTheWebhook(): readonly string[] {
  const files = readdirSync(join(ROOT, 'webhook'), { recursive: true, encoding: 'utf8' });
  const sources = files.filter((it) => it.endsWith('.ts')).map((it) => readFileSync(join(ROOT, 'webhook', it), 'utf8'));
  return [...new Set(sources.flatMap(callsIn))].sort();
}

function callsIn(source: string): readonly string[] {
  return [...source.matchAll(IMPORT)].flatMap(([, names = '', client = '']) =>
    names.split(',').flatMap((name) => callOf(name.trim(), client)),
  );
}

function callOf(name: string, client: string): readonly string[] {
  const [, command, paginator] = /^(?:(\w+)Command|paginate(\w+))$/.exec(name) ?? [];
  const call = command ?? paginator;
  if (call === undefined) return [];
  const service = SERVICES[client];
  if (service === undefined) throw new Error(`${client} is a service that IAM is not told of`);
  return [`${service}:${client === 'dynamodb' ? (ITEMS[call] ?? call) : call}`];
}

const COMMAND = /\baws\s+(ssm|s3|s3api|logs|sns|ec2|sts|dynamodb)\s+([a-z][a-z-]+)/g;
/** What is more than one word with capitals. */
const OF_THE_CLI: Readonly<Record<string, readonly string[]>> = {
  's3 cp': ['s3:GetObject'],
  's3 sync': ['s3:GetObject', 's3:ListBucket'],
  's3 ls': ['s3:ListBucket'],
};

/** What scripts under k3s/<side> call with the AWS CLI. */
export function callsOfScripts(side: 'server' | 'worker'): readonly string[] {
  const folder = join(ROOT, 'k3s', side);
  if (!existsSync(folder)) return [];
  const scripts = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((it) => it.endsWith('.sh'));
  const found = scripts.flatMap((it) => [...readFileSync(join(folder, it), 'utf8').matchAll(COMMAND)]);
  const calls = found.flatMap(([, service = '', command = '']) => {
    const words = command.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1));
    return OF_THE_CLI[`${service} ${command}`] ?? [`${service === 's3api' ? 's3' : service}:${words.join('')}`];
  });
  return [...new Set(calls)].sort();
}
