import { randomUUID } from 'node:crypto';
import type { Ec2Cloud } from '../ec2-cloud';
import { Ec2Error } from '../ec2-error';
import { ACTIONS } from './action-table';
import type { QueryParams } from './query-params';
import { xmlDocument } from './xml';

export interface Answer {
  readonly status: number;
  readonly requestId: string;
  readonly contentType: string;
  readonly body: string;
}

const XML = 'text/xml;charset=UTF-8';

/** Every action takes these. */
const COMMON = ['Action', 'Version', 'DryRun'];

/** Carries one request out and words the answer, errors included. */
export function answer(cloud: Ec2Cloud, params: QueryParams): Answer {
  try {
    const name = params.text('Action') ?? '';
    const action = ACTIONS.get(name);
    if (!action) throw new Ec2Error('InvalidAction', `The action ${name} is not valid for this web service.`);
    const strange = params.names().find((known) => ![...COMMON, ...action.parameters].includes(known));
    if (strange !== undefined) {
      throw new Ec2Error('UnknownParameter', `The simulator does not know the parameter ${strange} of ${name}`);
    }
    if (params.flag('DryRun')) {
      throw new Ec2Error('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.');
    }
    const requestId = randomUUID();
    return {
      status: 200,
      requestId,
      contentType: XML,
      body: xmlDocument(`${name}Response`, { requestId, ...action.run(cloud, params) }),
    };
  } catch (error) {
    return errorAnswer(error instanceof Ec2Error ? error : new Ec2Error('InternalError', String(error)));
  }
}

export function errorAnswer({ code, message, status }: Ec2Error): Answer {
  const requestId = randomUUID();
  // Unlike results, errors carry their list elements by name and the request id in capitals.
  const body = xmlDocument('Response', { Errors: { Error: { Code: code, Message: message } }, RequestID: requestId });
  return { status, requestId, contentType: XML, body };
}
