// A collector that takes whatever it is sent, so that the dashboard of the exporters has something
// to show.
import { createServer } from 'node:http';

export async function collect() {
  const server = createServer((request, answer) => {
    request.resume().on('end', () => {
      // An empty message of protobuf: all of it was taken.
      answer.writeHead(200, { 'content-type': 'application/x-protobuf' });
      answer.end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close().closeAllConnections() };
}
