// Counts the spaces of a server with confluence.js, for `run.py`.
import { ConfluenceClient } from 'confluence.js';

const client = new ConfluenceClient({
  host: process.argv[2],
  apiPrefix: '/rest',
  authentication: { basic: { email: 'admin@example.com', apiToken: 'secret' } },
});
let count = 0;
for (let start = 0, more = true; more; start += 100) {
  const page = await client.space.getSpaces({ start, limit: 100 });
  count += page.results.length;
  more = page._links.next !== undefined;
}
console.log(count);
