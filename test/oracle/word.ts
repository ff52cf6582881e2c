// What texts, choices and dates of random worlds are made of: few values, so that many records have the same.

export const words = ['amber', 'birch', 'cedar', 'denim', 'ember', 'fjord', 'grove', 'heron']
export const choices = ['red', 'green', 'blue']
export const days = ['2026-01-05', '2026-02-10', '2026-03-15', '2026-04-20']
