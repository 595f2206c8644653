import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { json } from 'node:stream/consumers';
import { type Parameter, type ParameterStore, type ParameterType, SsmError } from './parameter-store';

type Params = Readonly<Record<string, unknown>>;

const ACTIONS: Readonly<Record<string, (store: ParameterStore, params: Params) => object>> = {
  GetParameter: (store, { Name, WithDecryption }) => ({ Parameter: shown(store.get(String(Name)), WithDecryption) }),
  GetParametersByPath: (store, { Path, WithDecryption }) => ({
    Parameters: store.below(String(Path)).map((parameter) => shown(parameter, WithDecryption)),
  }),
  PutParameter: (store, { Name, Value, Type, Overwrite }) => ({
    Version: store.put(String(Name), typeof Value === 'string' ? Value : '', {
      ...(Type === undefined ? {} : { type: Type as ParameterType }),
      overwrite: Overwrite === true,
    }),
    Tier: 'Standard',
  }),
};

/** Parameter Store over AWS' JSON 1.1: what the scripts of hosts call. */
export function ssmHandler(store: ParameterStore): RequestListener {
  return (request, response) => {
    const action = String(request.headers['x-amz-target']).replace(/^AmazonSSM\./, '');
    const answer = (status: number, body: object) =>
      response
        .writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() })
        .end(JSON.stringify(body));
    json(request)
      .then((params) => answer(200, perform(store, action, params as Params)))
      .catch((error: unknown) => {
        if (error instanceof SsmError) answer(400, { __type: error.code, message: error.message });
        else answer(400, { __type: 'SerializationException', message: String(error) });
      });
  };
}

function perform(store: ParameterStore, action: string, params: Params): object {
  const does = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (!does) throw new SsmError('UnknownOperationException', `${action} is not simulated.`);
  store.authorize(action, `arn:aws:ssm:eu-central-1:123456789012:parameter${String(params['Name'] ?? params['Path'])}`);
  return does(store, params);
}

/** Without decryption a secret is unreadable; the real one gives its ciphertext. */
function shown({ name, type, value, version }: Parameter, decrypted: unknown): object {
  const readable = type === 'String' || decrypted === true;
  return { Name: name, Type: type, Value: readable ? value : Buffer.from(name).toString('base64'), Version: version };
}
