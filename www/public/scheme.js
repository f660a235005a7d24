// Before the first paint, so that a chosen scheme does not flash in the other one. A file and not inline: the CSP allows no inline script.
try {
  const scheme = localStorage.getItem('doorward:scheme');
  if (scheme === 'light' || scheme === 'dark') document.documentElement.dataset.scheme = scheme;
} catch {
  // Storage is forbidden: the system's scheme it is.
}
