/** The least that could answer a post: Express, its JSON parser with our limit, and 202. A process of its own, as the webhook is. */
import express from 'express';

const app = express();
app.use(express.json({ limit: '1mb' }));
app.post('/alerts', (_request, response) => {
  response.status(202).json({ state: 'decided' });
});
const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${typeof address === 'object' && address ? address.port : ''}\n`);
});
