// `peyvand serve`: runs the server until it is told to stop.
import type { Command } from '../command.ts'

export const serve: Command = {
  name: 'serve',
  summary: 'Run the server',
  details: [
    'Settings come from the environment (docs/settings.md): PORT, HOST, DATABASE_URL, DATA_DIR, SOLUTIONS, DEMO, …',
    'Ends with SIGINT or SIGTERM: requests that run are finished.',
  ],
  arguments: [],
  options: {},
  async run(call) {
    const { serveUntilStopped } = await import('../serving.ts')
    await serveUntilStopped(call.env, (line) => call.output.line(line), performance.now())
    return { result: { served: true } }
  },
}
