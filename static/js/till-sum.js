// The till's arithmetic, in whole cents: what is given, and the change. Pure.

const AMOUNT = /^(\d{1,7})(?:[.,](\d{1,2}))?$/;

// Reads an amount as people type it, such as 20, 12.5 or 12,50; null for what is none.
export function centsOf(text) {
  const [, whole, part = ""] = AMOUNT.exec(text.trim()) ?? [];
  return whole === undefined ? null : Number(whole) * 100 + Number(part.padEnd(2, "0"));
}

// What to say of an amount that is given for a total: the change, what is missing, or nothing.
export function changeOf(given, total) {
  const cents = centsOf(given);
  if (cents === null) return null;
  return { cents: Math.abs(cents - total), isShort: cents < total };
}
