// Money as whole cents, so that totals are exact. Pure.

export function toCents(amount) {
  return Math.round(Number(amount) * 100);
}

export function formatMoney(cents, currency) {
  return new Intl.NumberFormat("en-IE", { style: "currency", currency }).format(cents / 100);
}
