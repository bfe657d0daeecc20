import v8 from 'node:v8';

/*
 * To be imported before everything else. Request bodies live for a moment and are large; V8 lets its young generation
 * grow under that load until they are moved to the old one, where they stay long after they were let go of. Kept small,
 * most of them are gone with the next minor collection, and their memory is used again: less of it, and less time.
 */
v8.setFlagsFromString('--semi-space-growth-factor=1');
