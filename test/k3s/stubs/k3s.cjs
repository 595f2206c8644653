#!/usr/bin/env node
/**
 * K3s as far as the scripts of hosts see it. An agent whose token is the server's registers its node at SANDBOX_KUBERNETES,
 * as the configuration says; a server writes its tokens; kubectl keeps what it was given in SANDBOX_LOGS.
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

function server() {
  if (args.some((it) => it.startsWith('--cluster-reset'))) {
    write('/var/lib/rancher/k3s/server/db/restored', args.join('\n'));
    return;
  }
  const secret = read(config()['agent-token-file']);
  write('/var/lib/rancher/k3s/server/agent-token', `K10${authority}::node:${secret}\n`);
  if (!existsSync(join(root, '/var/lib/rancher/k3s/server/token'))) {
    write(
      '/var/lib/rancher/k3s/server/token',
      `K10${authority}::server:${createHash('md5').update(root).digest('hex')}\n`,
    );
  }
  write('/var/lib/rancher/k3s/server/db/etcd/name', 'smartscale');
  write('/var/lib/rancher/k3s/server/tls/server-ca.crt', 'the authority of the cluster\n');
}

function kubectl() {
  if (args[0] === 'get') process.stdout.write('ok');
  else if (args[0] === 'create' && args[1] === 'token') process.stdout.write(`a-token-of-${args[2]}\n`);
  else if (args[0] === 'apply') appendFileSync(join(logs, 'applied.yaml'), readFileSync(args.at(-1)));
  else refuse(`error: unknown command ${args.join(' ')}`);
}

const commands = { agent, server, kubectl, 'etcd-snapshot': () => undefined };
void (commands[command] ?? (() => refuse(`no such command: ${command}`)))();
