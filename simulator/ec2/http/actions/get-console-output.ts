import type { Action } from '../action';

/** Newest output at the end, at most 64 KB of it. */
export const getConsoleOutput: Action = {
  parameters: ['InstanceId', 'Latest'],
  run(cloud, params) {
    const id = params.required('InstanceId');
    const { text, at } = cloud.consoleOutput(id, params.flag('Latest'));
    return { instanceId: id, timestamp: new Date(at), output: Buffer.from(text, 'utf8').toString('base64') };
  },
};
