import type { SimInstance } from './ec2/ec2-types';

/** What the serial console of a worker shows: kernel, cloud-init, K3s agent, and why the node never came if it does not. */
export function bootConsole({ id, imageId, type, zone, privateIp }: SimInstance, joins: boolean): string {
  const host = `ip-${privateIp.replaceAll('.', '-')}`;
  return [
    '[    0.000000] Linux version 6.8.0-1021-aws (buildd@lcy02-amd64-058)',
    `[    0.000000] DMI: Amazon EC2 ${type}/, BIOS 1.0 10/16/2017`,
    '[    2.113871] EXT4-fs (nvme0n1p1): mounted filesystem with ordered data mode',
    `[   11.402210] cloud-init[612]: Cloud-init v. 24.4 running 'modules:config' on ${imageId} in ${zone}`,
    `[   14.001377] cloud-init[655]: + INSTALL_K3S_EXEC=agent K3S_TOKEN=${TOKEN}`,
    `[   15.220914] systemd[1]: Starting k3s-agent.service - Lightweight Kubernetes...`,
    ...(joins ? joined(id) : lost()),
    '',
    `${host} login: `,
  ].join('\r\n');
}

/** Of no cluster: scripts that trace what they do show theirs like this. */
const TOKEN = `K10${'0f'.repeat(32)}::node:5f1d0c2b7a9e4d38`;

function joined(id: string): readonly string[] {
  return [
    '[   18.530118] k3s[731]: level=info msg="Starting k3s agent v1.34.1+k3s1"',
    `[   21.118204] k3s[731]: level=info msg="Running kubelet --hostname-override=${id}"`,
  ];
}

function lost(): readonly string[] {
  const url = 'https://k3s.internal:6443/cacerts';
  return [
    '[   18.530118] k3s[731]: level=info msg="Starting k3s agent v1.34.1+k3s1"',
    `[   38.533590] k3s[731]: level=error msg="failed to get CA certs: Get \\"${url}\\": dial tcp 10.0.0.10:6443: i/o timeout"`,
    `[   60.541823] k3s[731]: level=error msg="failed to get CA certs: Get \\"${url}\\": dial tcp 10.0.0.10:6443: i/o timeout"`,
  ];
}
