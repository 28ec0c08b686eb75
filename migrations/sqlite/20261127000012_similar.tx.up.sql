-- What has the same supplier or product, the case that was opened last first.
DROP INDEX case_products_supplier_idx;
DROP INDEX case_products_product_idx;
CREATE INDEX case_products_supplier_idx ON case_products (org_id, supplier, case_id);
CREATE INDEX case_products_product_idx ON case_products (org_id, product, case_id);

-- What its owner has to write.
CREATE INDEX cases_owner_idx ON cases (org_id, project_owner_id, state);
