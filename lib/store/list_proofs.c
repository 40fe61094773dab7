/* list_proofs: the table fluent_list_proofs, with the instants at which parts of the list were
 * read. */
#include "store/list_proofs.h"

#include "store/store_private.h"

static const struct column PROOF[] = {
    COLUMN("low", struct rolling_proof, low),
    COLUMN_AS(COLUMN_INSTANT, "proven_at", struct rolling_proof, at),
};
static const struct select READ =
    SELECT(PROOF, struct rolling_proof, "FROM fluent_list_proofs WHERE site_key = ? ORDER BY low");
static const char WRITE[] = "INSERT INTO fluent_list_proofs (site_key, low, proven_at) VALUES";
static const char WRITE_AGAIN[] = "ON DUPLICATE KEY UPDATE proven_at = VALUES(proven_at)";
/* One by one, by their whole keys: see store_change_found. */
static const char REMOVE[] = "DELETE FROM fluent_list_proofs WHERE site_key = ? AND low = ?";

int store_read_proofs(struct store *store, struct rolling *proofs, struct error *error)
{
    struct db_value key = db_text(store->site_key);
    const struct db_parameters parameters = {.values = &key, .count = 1};
    struct arena arena = ARENA_INIT;
    struct records found;
    int done = store_select(store, &READ, &parameters, &found, &arena, error);
    const struct rolling_proof *rows = found.rows;
    for (size_t i = 0; done == 0 && i < found.count; i++)
        if (rolling_load(proofs, rows[i].low, rows[i].at) < 0)
            done = error_no_memory(error);
    arena_release(&arena);
    return done;
}

static int remove_proof(struct store *store, int64_t low, struct error *error)
{
    char digits[DB_DIGITS];
    const struct db_value values[] = {db_text(store->site_key), db_int(low, digits)};
    return db_exec(store->db, REMOVE, values, 2, error);
}

static int write_proof(struct store *store, const struct rolling_proof *proof, struct error *error)
{
    char low[DB_DIGITS], at[DB_DIGITS];
    struct db_value values[] = {db_text(store->site_key), db_int(proof->low, low),
                                column_instant(proof->at, at)};
    const struct db_rows row = {.values = values, .columns = 3, .rows = 1};
    return db_insert(store->db, WRITE, WRITE_AGAIN, &row, error);
}

/* Both ascend: they are gone through side by side. A run changes few of them. */
int store_write_proofs(struct store *store, const struct rolling *before,
                       const struct rolling *proofs, struct error *error)
{
    size_t old = 0;
    int done = 0;
    for (size_t i = 0; done == 0 && i < proofs->count; i++) {
        const struct rolling_proof *proof = &proofs->proofs[i];
        for (; done == 0 && old < before->count && before->proofs[old].low < proof->low; old++)
            done = remove_proof(store, before->proofs[old].low, error);
        bool known = old < before->count && before->proofs[old].low == proof->low;
        if (done == 0 && (!known || before->proofs[old].at != proof->at))
            done = write_proof(store, proof, error);
        old += known;
    }
    for (; done == 0 && old < before->count; old++)
        done = remove_proof(store, before->proofs[old].low, error);
    return done;
}
