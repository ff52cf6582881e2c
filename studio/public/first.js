// Runs before the first paint, so that no wrong theme, language or direction flashes. The app itself lives in the module.
;(function () {
  var kept = {}
  try {
    kept = JSON.parse(localStorage.getItem('peyvand') || '{}')
  } catch {
    kept = {}
  }
  var known = ['en', 'fa', 'ru', 'th', 'ro']
  var language =
    known.indexOf(kept.language) >= 0
      ? kept.language
      : known.indexOf(navigator.language.slice(0, 2)) >= 0
        ? navigator.language.slice(0, 2)
        : 'en'
  var dark = kept.theme === 'dark' || (kept.theme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  var root = document.documentElement
  root.lang = language
  root.dir = language === 'fa' ? 'rtl' : 'ltr'
  root.dataset.theme = dark ? 'dark' : 'light'
  root.dataset.density = kept.density || 'normal'
})()
