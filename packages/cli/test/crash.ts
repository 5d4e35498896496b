// Loaded before doctor's probes with --import: the engine named by IMAGEFN_TEST_CRASH takes its process down.
if (process.argv[2] === process.env.IMAGEFN_TEST_CRASH) process.abort();
