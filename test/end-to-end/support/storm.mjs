/**
 * node storm.mjs COUNT TOKEN URL...: posts what comes in on standard input COUNT times at once, to the URLs by turns, and
 * writes the statuses as JSON. A process of its own: where the simulator runs, a storm would hold up the whole world.
 */
import { request } from 'node:http';
import { text } from 'node:stream/consumers';

const [count, token, ...urls] = process.argv.slice(2);
const body = await text(process.stdin);

function post(url) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    request(url, { method: 'POST', headers, agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    })
      .on('error', reject)
      .end(body);
  });
}

const statuses = await Promise.all(
  Array.from({ length: Number(count) }, (_, index) => post(urls[index % urls.length])),
);
process.stdout.write(JSON.stringify(statuses));
