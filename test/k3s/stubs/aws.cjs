#!/usr/bin/env node
/** The AWS CLI as far as the scripts of hosts use it: SSM at SANDBOX_SSM, S3 is the folder SANDBOX_S3. */
const { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, appendFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { fetch } = globalThis;

const args = process.argv.slice(2);
appendFileSync(join(process.env.SANDBOX_LOGS, 'commands'), `aws ${args.join(' ')}\n`);
const option = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
const refuse = (text, code = 254) => {
  process.stderr.write(`\n${text}\n`);
  process.exit(code);
};

async function ssm(action, params) {
  const response = await fetch(process.env.SANDBOX_SSM, {
    method: 'POST',
    headers: { 'x-amz-target': `AmazonSSM.${action}`, 'content-type': 'application/x-amz-json-1.1' },
    body: JSON.stringify(params),
  }).catch(() => refuse('Could not connect to the endpoint URL: "https://ssm.eu-central-1.amazonaws.com/"', 255));
  const body = await response.json();
  if (response.ok) return body;
  return refuse(`An error occurred (${body.__type}) when calling the ${action} operation: ${body.message}`);
}

const local = (address) => address.replace(/^s3:\/\//, `${process.env.SANDBOX_S3}/`);

function s3([command, ...rest]) {
  const plain = rest.filter((it, i) => !it.startsWith('--') && rest[i - 1] !== '--region');
  if (command === 'ls') {
    const folder = local(plain[0]);
    if (!existsSync(folder)) process.exit(1);
    for (const name of readdirSync(folder).sort()) process.stdout.write(`2026-01-01 00:00:00       1024 ${name}\n`);
    return;
  }
  const [from, to] = plain.map(local);
  if (!existsSync(from))
    refuse('fatal error: An error occurred (404) when calling the HeadObject operation: Key "x" does not exist', 1);
  mkdirSync(dirname(to), { recursive: true });
  if (rest.includes('--recursive')) cpSync(from, to, { recursive: true });
  else copyFileSync(from, to);
}

/** What people are told, one JSON a line. */
function tell(service, command) {
  const file = (name) => readFileSync(option(name).replace('file://', ''), 'utf8');
  if (existsSync(join(process.env.SANDBOX_LOGS, 'dark')))
    refuse('Could not connect to the endpoint URL: "https://logs.eu-central-1.amazonaws.com/"', 255);
  if (service === 'sns')
    return said({ topic: option('--topic-arn'), subject: option('--subject'), message: file('--message') });
  const { logGroupName, logStreamName, logEvents } = option('--cli-input-json')
    ? JSON.parse(file('--cli-input-json'))
    : {
        logGroupName: option('--log-group-name'),
        logStreamName: option('--log-stream-name'),
        ...(command === 'put-log-events' ? { logEvents: JSON.parse(file('--log-events')) } : {}),
      };
  const streams = join(process.env.SANDBOX_LOGS, 'streams');
  const stream = `${logGroupName} ${logStreamName}`;
  const there = existsSync(streams) && readFileSync(streams, 'utf8').split('\n').includes(stream);
  const refusal = (code) => refuse(`An error occurred (${code}) when calling the operation: the stream ${stream}`);
  if (command === 'create-log-stream')
    return there ? refusal('ResourceAlreadyExistsException') : appendFileSync(streams, `${stream}\n`);
  if (!there) refusal('ResourceNotFoundException');
  return said({ group: logGroupName, stream: logStreamName, events: logEvents });
}

function said(told) {
  appendFileSync(join(process.env.SANDBOX_LOGS, 'told'), `${JSON.stringify(told)}\n`);
}

async function main() {
  const [service, command] = args;
  if (service === 's3') return s3(args.slice(1));
  if (service === 'ec2' && command === 'terminate-instances') return undefined;
  if (service === 'sns' || service === 'logs') return tell(service, command);
  if (command === 'get-parameter') {
    const { Parameter } = await ssm('GetParameter', {
      Name: option('--name'),
      WithDecryption: args.includes('--with-decryption'),
    });
    process.stdout.write(`${Parameter.Value}\n`);
  } else if (command === 'put-parameter') {
    await ssm('PutParameter', JSON.parse(readFileSync(option('--cli-input-json').replace('file://', ''), 'utf8')));
  } else if (command === 'get-parameters-by-path') {
    process.stdout.write(JSON.stringify(await ssm('GetParametersByPath', { Path: option('--path'), Recursive: true })));
  } else refuse(`Invalid choice: ${args.join(' ')}`, 252);
}

void main();
