/**
 * node storm.mjs COUNT CONNECTIONS TOKEN URL...: posts what comes in on standard input COUNT times over so many kept
 * connections, to the URLs by turns, and writes how often each status came as JSON. `@N@` in the text is another number in
 * each post. A process of its own: where the simulator runs, a storm would hold up the whole world.
 */
import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';

const [count, connections, token, ...urls] = process.argv.slice(2);
const template = await text(process.stdin);
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) / urls.length });
const statuses = {};

function post(index) {
  const body = template.replaceAll('@N@', String(index));
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    request(urls[index % urls.length], { method: 'POST', headers, agent }, (response) => {
      statuses[response.statusCode] = (statuses[response.statusCode] ?? 0) + 1;
      response.resume().on('end', resolve);
    })
      .on('error', reject)
      .end(body);
  });
}

let next = 0;

/** One connection's worth of posts, one after the other. */
async function lane() {
  while (next < Number(count)) await post(next++);
}

await Promise.all(Array.from({ length: Number(connections) }, lane));
agent.destroy();
process.stdout.write(JSON.stringify(statuses));
