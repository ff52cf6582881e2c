// Builds the one web app with its two doors. The designer and each language are chunks of their own; the size of what an
// end user loads first is printed and held to a budget.
import { readdirSync, readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'

/** unit: bytes, gzip */
const budget = 150 * 1024

/** Fails the build when the first load of an end user grows over the budget. */
function measure(): Plugin {
  return {
    name: 'first-load',
    apply: 'build',
    writeBundle(options, bundle) {
      const size = (name: string) => gzipSync(readFileSync(`${options.dir}/${name}`)).length
      const entry = Object.values(bundle).find((each) => each.type === 'chunk' && each.isEntry)!
      const seen = new Set<string>()
      const walk = (name: string) => {
        const chunk = bundle[name]
        if (seen.has(name) || chunk?.type !== 'chunk') return
        seen.add(name)
        for (const next of chunk.imports) walk(next)
        // The shell and the pages follow at once; the designer, the languages and the CEL reader only when they are needed.
        for (const next of chunk.dynamicImports) if (/shell|app/.test(next)) walk(next)
      }
      walk(entry.fileName)
      const first = [...seen].reduce((sum, name) => sum + size(name), 0)
      const styles = readdirSync(`${options.dir}/assets`)
        .filter((name) => name.endsWith('.css'))
        .reduce((sum, name) => sum + size(`assets/${name}`), 0)
      const kilo = (bytes: number) => `${(bytes / 1024).toFixed(1)} kB`
      this.info(
        `first load of an end user: ${kilo(first)} gzip of JavaScript (budget ${kilo(budget)}), ${kilo(styles)} of CSS`,
      )
      if (first > budget) this.error('The first load is over its budget')
    },
  }
}

export default defineConfig({
  plugins: [measure()],
  build: {
    target: 'es2023',
    sourcemap: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 600,
    modulePreload: { polyfill: false },
    cssCodeSplit: true,
  },
  server: { proxy: { '/api': process.env['API'] ?? 'http://127.0.0.1:3000' } },
})
