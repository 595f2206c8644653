/**
 * What CDKTF made, as the webhook's configuration. Reads the answer of `aws ssm get-parameters-by-path` from standard
 * input: <prefix>/config/cluster and <prefix>/config/pools/<name>, all JSON. JSON is YAML.
 * Usage: node webhook-configuration.cjs CLUSTER OWN-FILE; what stands in that file replaces keys of the top level.
 */
const { readFileSync } = require('node:fs');

const CREDENTIALS = '/run/credentials/smartscale.service';
const TOKEN_FOLDER = '/var/lib/smartscale-credential';

/** Throws an Error that names what is missing or wrong. */
function webhookConfiguration(cluster, parameters, own = {}) {
  const { region, table } = part(parameters, 'cluster');
  if (!region || !table) throw new Error('config/cluster lacks region or table');
  const names = Object.keys(parameters)
    .filter((name) => name.startsWith('pools/'))
    .sort();
  if (names.length === 0) throw new Error('there is no parameter below config/pools');
  const secret = (name) => ({ file: `${CREDENTIALS}/${name}` });
  return {
    mode: 'production',
    listen: {
      host: '0.0.0.0',
      port: 8787,
      tls: { certFile: `${CREDENTIALS}/certificate`, keyFile: `${CREDENTIALS}/key` },
    },
    store: { table, region },
    clusters: {
      [cluster]: {
        tokens: [secret('webhook-token'), secret('webhook-token-previous')],
        operatorTokens: [secret('operator-token'), secret('operator-token-previous')],
        alertmanager: {
          urls: ['https://alertmanager.monitoring.svc:9093'],
          authorization: { scheme: 'Basic', file: `${CREDENTIALS}/monitoring-access` },
          caFile: `${CREDENTIALS}/authority`,
        },
        kubernetes: {
          server: 'https://127.0.0.1:6443',
          caFile: `${TOKEN_FOLDER}/ca.crt`,
          tokenFile: `${TOKEN_FOLDER}/token`,
        },
        ec2: { region },
        pools: Object.fromEntries(names.map((name) => [name.slice('pools/'.length), part(parameters, name)])),
      },
    },
    ...own,
  };
}

function part(parameters, name) {
  if (!Object.hasOwn(parameters, name)) throw new Error(`there is no parameter config/${name}`);
  return parsed(parameters[name], `config/${name}`);
}

function parsed(text, name) {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${name} is no JSON`);
  }
}

/** By what follows `config/` in their names. */
function parametersOf(answer) {
  const { Parameters = [] } = parsed(answer, 'the answer of SSM');
  return Object.fromEntries(Parameters.map(({ Name, Value }) => [Name.replace(/^.*?\/config\//, ''), Value]));
}

if (require.main === module) {
  const [, , cluster, ownFile] = process.argv;
  try {
    const own = parsed(readFileSync(ownFile, 'utf8'), ownFile);
    const configuration = webhookConfiguration(cluster, parametersOf(readFileSync(0, 'utf8')), own);
    process.stdout.write(`${JSON.stringify(configuration, null, 2)}\n`);
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

module.exports = { webhookConfiguration, parametersOf };
