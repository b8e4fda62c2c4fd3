// A server with many spaces, for `run.py`: prints its URL, and pages by `start` and `limit`.
import { createServer } from 'node:http';

const SPACES = Number(process.argv[2]);
const space = (number) => ({
  id: number + 1,
  key: `S${number}`,
  name: `Space ${number}`,
  type: 'global',
  status: 'current',
  _links: { webui: `/display/S${number}`, self: `http://localhost/rest/api/space/S${number}` },
  _expandable: { metadata: '', icon: '', description: '', homepage: `/rest/api/content/${number}` },
});
const spaces = Array.from({ length: SPACES }, (_, number) => space(number));

const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost');
  const start = Number(url.searchParams.get('start') ?? 0);
  const limit = Number(url.searchParams.get('limit') ?? 25);
  const results = spaces.slice(start, start + limit);
  const links = { base: 'http://localhost', context: '' };
  if (start + limit < SPACES) {
    links.next = `/rest/api/space?limit=${limit}&start=${start + limit}`;
  }
  const body = JSON.stringify({ results, start, limit, size: results.length, _links: links });
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
