/**
 * Node's own modules, once they are needed. A static import of `node:fs` makes Node load all of its streams at once,
 * which is a fifth of what `import 'sluice'` and `connect()` cost.
 */
export const fs = () => process.getBuiltinModule('node:fs');
export const url = () => process.getBuiltinModule('node:url');
export const modules = () => process.getBuiltinModule('node:module');
