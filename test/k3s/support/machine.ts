import { startLoopbackServer } from '../../../simulator/loopback-server';
import { startSimulator } from '../../../simulator/server';
import { ParameterStore } from '../../../simulator/ssm/parameter-store';
import { ssmHandler } from '../../../simulator/ssm/ssm-handler';
import { eventually } from '../../end-to-end/support/eventually';
import { FIRST_K3S, PREFIX, Sandbox } from './sandbox';

/** A machine of the simulated region that runs and has not joined, and its sandbox. */
export async function startMachine(capacityType: 'spot' | 'on-demand' = 'on-demand') {
  const simulator = await startSimulator({
    controlPlane: false,
    joining: { neverJoinShare: 1 },
    timeScale: 100,
    tickMs: 20,
  });
  const parameters = new ParameterStore();
  const ssm = await startLoopbackServer(ssmHandler(parameters));
  const [launched] = simulator.world.cloud.runInstances({
    imageId: 'ami-1',
    instanceType: 'm6i.large',
    minCount: 1,
    maxCount: 1,
    capacityType,
    tags: {},
  });
  const id = launched?.id ?? '';
  const instance = () => simulator.world.cloud.instances.find((it) => it.id === id);
  await eventually('the machine runs', () => instance()?.state === 'running');
  const sandbox = new Sandbox({
    imds: `${simulator.imdsUrl}/${id}`,
    ssm: ssm.url,
    kubernetes: simulator.kubernetesUrl,
  });
  const publish = () => void parameters.put(`${PREFIX}release`, sandbox.sign(), { overwrite: true });
  const offerK3s = (version: string, { broken = false } = {}) => {
    const checksum = sandbox.offerK3s(version, { broken });
    parameters.put(`${PREFIX}k3s`, `${version} ${checksum}`, { overwrite: true });
  };
  publish();
  offerK3s(FIRST_K3S);
  return {
    id,
    /** What is in the bucket now is what CDKTF wrote. */
    publish,
    /** This is the K3s that CDKTF wrote. */
    offerK3s,
    zone: instance()?.zone ?? '',
    address: instance()?.privateIp ?? '',
    world: simulator.world,
    parameters,
    sandbox,
    stop: async () => {
      sandbox.remove();
      await ssm.close();
      await simulator.stop();
    },
  };
}

export type Machine = Awaited<ReturnType<typeof startMachine>>;
