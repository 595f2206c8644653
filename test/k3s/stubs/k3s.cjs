#!/usr/bin/env node
/**
 * K3s SANDBOX_K3S as far as the scripts of hosts see it. An agent whose token is the server's registers its node at
 * SANDBOX_KUBERNETES, as the configuration says; a server writes its tokens, and its datastore is of its minor version;
 * kubectl knows the workers that are in the file workers of SANDBOX_LOGS: name and version, one a line.
 */
const { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { createHash } = require('node:crypto');
const { dirname, join } = require('node:path');
const { fetch } = globalThis;
const { parse } = require(process.env.SANDBOX_YAML);

const { SMARTSCALE_ROOT: root, SANDBOX_LOGS: logs } = process.env;
const [command, ...args] = process.argv.slice(2);
appendFileSync(join(logs, 'commands'), `k3s ${process.argv.slice(2).join(' ')}\n`);
const read = (path) => readFileSync(join(root, path), 'utf8').trim();
const write = (path, text) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
const config = () => parse(read('/etc/rancher/k3s/config.yaml'));
const refuse = (text) => {
  process.stderr.write(`${text}\n`);
  process.exit(1);
};
const authority = 'a'.repeat(64);

async function agent() {
  const { server, 'token-file': tokenFile, ...node } = config();
  if (read(tokenFile) !== process.env.SANDBOX_JOIN_TOKEN) {
    writeFileSync(
      join(logs, 'journal'),
      `level=fatal msg="Failed to validate connection to cluster at ${server}: not authorized"\n`,
    );
    return;
  }
  const labels = Object.fromEntries(node['node-label'].map((it) => it.split('=')));
  const taints = node['node-taint'].map((it) => {
    const [, key, value, effect] = /^(.*)=(.*):(.*)$/.exec(it);
    return { key, value, effect };
  });
  const providerID = node['kubelet-arg'].find((it) => it.startsWith('provider-id=')).slice('provider-id='.length);
  const response = await fetch(`${process.env.SANDBOX_KUBERNETES}/api/v1/nodes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ metadata: { name: node['node-name'], labels }, spec: { providerID, taints } }),
  });
  // A kubelet that starts again finds its Node.
  if (!response.ok && response.status !== 409) refuse(`the API server answered ${response.status}`);
  write('/var/lib/rancher/k3s/agent/kubelet.kubeconfig', 'apiVersion: v1\n');
}

const DATASTORE = '/var/lib/rancher/k3s/server/db/minor';
const minor = () => Number(/^v1\.(\d+)/.exec(process.env.SANDBOX_K3S)[1]);
const ofDatastore = () => (existsSync(join(root, DATASTORE)) ? Number(read(DATASTORE)) : 0);

function server() {
  if (args.some((it) => it.startsWith('--cluster-reset'))) return restore();
  if (ofDatastore() > minor()) refuse(`level=fatal msg="the datastore is of 1.${ofDatastore()}"`);
  // An upgrade changes the datastore before it is known whether all goes well.
  write(DATASTORE, String(minor()));
  if (process.env.SANDBOX_K3S_BROKEN) refuse(`level=fatal msg="${process.env.SANDBOX_K3S} is broken"`);
  const secret = read(config()['agent-token-file']);
  write('/var/lib/rancher/k3s/server/agent-token', `K10${authority}::node:${secret}\n`);
  if (!existsSync(join(root, '/var/lib/rancher/k3s/server/token'))) {
    write(
      '/var/lib/rancher/k3s/server/token',
      `K10${authority}::server:${createHash('md5').update(root).digest('hex')}\n`,
    );
  }
  write('/var/lib/rancher/k3s/server/tls/server-ca.crt', 'the authority of the cluster\n');
}

function restore() {
  const [from] = args.filter((it) => it.startsWith('--cluster-reset-restore-path=')).map((it) => it.split('=')[1]);
  if (existsSync(from)) write(DATASTORE, readFileSync(from));
  write('/var/lib/rancher/k3s/server/db/restored', args.join('\n'));
}

function snapshot() {
  const name = `${args[args.indexOf('--name') + 1]}-i-1-${Math.floor(Date.now() / 1000)}`;
  write(`/var/lib/rancher/k3s/server/db/snapshots/${name}`, read(DATASTORE));
  const bucket = args.find((it) => it.startsWith('--etcd-s3-bucket=')).split('=')[1];
  const folder = join(process.env.SANDBOX_S3, bucket, 'backups');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), read(DATASTORE));
}

const workers = join(logs, 'workers');
const known = () => (existsSync(workers) ? readFileSync(workers, 'utf8').split('\n').filter(Boolean) : []);

function kubectl([verb, what]) {
  if (verb === 'get' && what === 'nodes')
    process.stdout.write(
      known()
        .map((it) => `${it}\n`)
        .join(''),
    );
  else if (verb === 'get' && what === 'pods')
    process.stdout.write(existsSync(join(logs, 'waiting')) ? 'pod/web\n' : '');
  else if (verb === 'drain' && existsSync(join(logs, 'budget')))
    refuse(`There are pending nodes to be drained\nerror: cannot evict pod "web" on ${what}: disruption budget`);
  else if (verb !== 'drain' && verb !== 'uncordon') refuse(`error: unknown command ${args.join(' ')}`);
}

const commands = { agent, server, kubectl: () => kubectl(args), 'etcd-snapshot': snapshot };
void (commands[command] ?? (() => refuse(`no such command: ${command}`)))();
