// Start of the app in the browser: settings first (so that nothing flashes), then the shell.
import './theme/tokens.css'
import './theme/fonts.css'
import './theme/base.css'
import './kit/kit.css'
import './kit/files.css'
import './shell/shell.css'
import './views/views.css'
import './forms/forms.css'
import './theme/print.css'
import { settings } from './data/settings.ts'
import { route } from './shell/route.ts'

await settings.load()
route.start()
await import('./shell/app.ts')
