"""The words by which exports call what we call otherwise, in the languages of the group's systems. Small letters, no accents."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

ROLES: Mapping[str, str] = {
    "document": "order_no order_number order_num order_id ordernumber orderno orderid order sales_order salesorder so_no bestellnummer "
    "bestell_nr bestellnr auftragsnummer auftrag_nr auftragsnr auftrag belegnummer beleg_nr belegnr beleg invoice invoice_no "
    "invoice_number rechnung rechnungsnummer rechnungs_nr rechnungsnr rg_nr document document_no doc_no docnum vbeln commande no_commande "
    "numero_commande facture no_facture pedido numero_pedido factura ordine numero_ordine fattura ordrenr ordrenummer order_nr "
    "bestelling ordernummer zamowienie nr_zamowienia name increment_id purchase_order_number",
    "line": "line line_no line_number line_item line_id lineno position pos posnr pos_nr position_no posten zeile zeilennummer ligne "
    "no_ligne linea riga rad radnr linje regel regelnummer item_no order_line order_line_number sales_order_line_number sequence_line",
    "account": "customer customer_no customer_id customer_number customerid customer_key custno cust_id account account_no account_id sold_to "
    "sold_to_party kunde kundennummer kunden_nr kundennr kdnr kd_nr kundnr debitor debitornr client no_client code_client id_client "
    "cliente codice_cliente num_cliente klant klantnummer klantnr kund kundnummer kunnr buyer buyer_id partner_id klient reseller_key",
    "item": "item item_id item_code sku product product_id product_code product_no product_key article article_no article_number artikel "
    "artikelnummer artikel_nr artikelnr art_nr artnr art_no stock_code stockcode material matnr material_no part part_no part_number "
    "articolo codice_articolo articulo produit reference_article ref_article code_article produkt varenr varenummer artikelkode towar",
    "title": "description item_description product_name name_of_item bezeichnung artikelbezeichnung artikeltext text designation libelle "
    "descrizione descripcion omschrijving beskrivning beskrivelse benamning item_name",
    "quantity": "quantity qty order_qty order_quantity qty_ordered quantity_ordered menge anzahl stueck stuck stk bestellmenge quantite qte "
    "cantidad quantita aantal antal kvantitet ilosc units pieces pcs",
    "unit": "unit uom unit_of_measure me mengeneinheit einheit unite unidad unita eenheid enhet jednostka",
    "unit_price": "price unit_price unitprice net_price price_per_unit preis einzelpreis stueckpreis stuckpreis ep e_preis vk_preis nettopreis "
    "prix prix_unitaire pu precio precio_unitario prezzo prezzo_unitario prijs stukprijs pris a_pris enhetspris cena",
    "net_amount": "amount net_amount netamount sales_amount line_total line_amount net_value net_total total subtotal extended_price "
    "extended_amount betrag nettobetrag netto summe gesamt gesamtbetrag positionswert nettowert warenwert zeilenwert wert umsatz netwr "
    "montant montant_ht total_ht importe importe_neto importo importo_netto totale bedrag netto_bedrag belopp radbelopp belob nettobelob "
    "wartosc revenue turnover sales",
    "cost_amount": "cost cost_amount total_cost total_product_cost product_cost standard_cost ek einstandspreis einstandswert selbstkosten "
    "wareneinsatz ek_wert cout costo kostpris kosten",
    "tax": "tax tax_amount vat mwst ust steuer tva iva btw moms",
    "discount": "discount discount_amount discount_pct rabatt nachlass remise descuento sconto korting",
    "freight": "freight shipping shipping_cost fracht versandkosten port frais_de_port",
    "currency": "currency currency_code currencycode curr waehrung wahrung waerung waehr devise moneda valuta divisa waluta waers cur",
    "ordered_on": "order_date orderdate date_order date order_day ordered_at ordered_on bestelldatum bestelltag auftragsdatum belegdatum "
    "rechnungsdatum invoice_date invoicedate datum tag date_commande date_facture fecha fecha_pedido fecha_factura data data_ordine "
    "data_fattura orderdatum besteldatum ordredato dato factuurdatum created_at created creation_date erdat audat document_date "
    "posting_date transaction_date buchungsdatum data_zamowienia angelegt angelegt_am erstellt erstellt_am",
    "received_at": "received received_at receipt_date eingang eingangsdatum eingegangen eingang_am incoming_at recu_le ontvangen inkommen",
    "entered_at": "entered entered_at entry_date erfasst erfasst_am erfassung erfassungsdatum saisi_le keyed_at captured_at",
    "confirmed_at": "confirmed confirmed_at confirmation_date bestaetigt bestatigt bestaetigt_am bestaetigung auftragsbestaetigung ab_datum "
    "confirme_le confirmado bevestigd bekraftad acknowledged_at approved_at",
    "released_at": "released released_at release_date freigabe freigegeben freigegeben_am libere_le",
    "shipped_on": "shipped shipped_at shipped_on ship_date shipdate shipping_date dispatch_date versand versanddatum versendet versendet_am "
    "lieferdatum liefertag date_expedition date_envoi fecha_envio data_spedizione verzonden verzenddatum skickad leveransdatum dispatched_at",
    "delivered_at": "delivered delivered_at delivery_date zugestellt zugestellt_am livre_le entregado consegnato geleverd levererad",
    "due_on": "due_date due duedate faellig faelligkeit faelligkeitsdatum wunschtermin requested_date promised_date echeance vencimiento",
    "cancelled_at": "cancelled canceled cancelled_at canceled_at cancel_date storno storniert storniert_am annule_le anulado annullato",
    "channel": "channel vertriebsweg absatzweg bestellweg sales_channel order_channel kanal vertriebskanal bestellkanal bestellart auftragsart auftragskanal eingangskanal "
    "quelle source origin order_source herkunft canal canale kanaal kilde ordertype order_type touchpoint medium via",
    "place": "country country_code branch branch_id branch_no site store store_id plant werk niederlassung nl filiale filial_nr standort "
    "land laendercode land_code landcode pays code_pays agence pais sucursal tienda paese filiaal vestiging kontor region market markt "
    "location territory sales_region sales_territory gebiet verkaufsgebiet kraj lieferland ship_to_country sales_office vkbur",
    "rep": "rep sales_rep employee employee_key employee_id seller vertreter verkaeufer adm aussendienst vendeur vendedor saljare sachbearbeiter "
    "bearbeiter user entered_by clerk",
    "customer_po": "customer_po po po_number customer_reference customer_ref customer_po_number bestellnummer_kunde kundenreferenz ihre_referenz "
    "your_reference ref_client",
    "case": "case case_id case_no case_number ticket ticket_id ticket_no ticket_number ticketnr ticketnummer incident incident_no incident_id "
    "incident_number number vorgang vorgangsnummer vorgangs_nr fall fallnummer fall_nr meldung meldungsnummer anfrage_nr request_id "
    "service_request dossier no_dossier caso sak arende arendenummer issue issue_id complaint_no reklamationsnr",
    "state": "state status incident_state case_state ticket_state ticket_status case_status zustand vorgangsstatus statut etat estado stato "
    "stav tillstand bearbeitungsstatus statustext",
    "occurred_at": "sys_updated_at updated_at updated changed_at changed modified modified_at last_modified event_time timestamp zeitstempel "
    "geaendert geaendert_am aenderung aenderungsdatum zeitpunkt modifie_le actualizado aggiornato gewijzigd andrad event_at at status_at "
    "status_since occurred_at",
    "opened_at": "opened_at opened open_date created created_at creation_date erstellt erstellt_am angelegt angelegt_am eroeffnet eroeffnet_am angelegt_um gemeldet gemeldet_am meldedatum ouvert_le abierto aperto geopend "
    "oppnad reported_at",
    "resolved_at": "resolved_at resolved resolution_date geloest geloest_am erledigt_am loesungsdatum resolu_le resuelto risolto opgelost lost",
    "closed_at": "closed_at closed close_date geschlossen geschlossen_am abgeschlossen_am ferme_le cerrado chiuso gesloten stangd",
    "sequence": "sequence seq sys_mod_count mod_count version_no version revision step schritt lfd_nr lfdnr laufende_nummer aenderungsnummer counter",
    "case_type": "case_type type ticket_type category kategorie vorgangsart fallart categorie categoria kategori art",
    "priority": "priority prioritaet prioritat prio urgency dringlichkeit priorite prioridad priorita prioriteit severity",
    "contact": "contact_type contact_channel kontaktart kontaktkanal meldeweg type_contact contacto eingangsweg",
    "team": "assignment_group team assigned_team queue gruppe bearbeitergruppe zustaendige_gruppe equipe equipo squadra",
    "rate": "rate exchange_rate fx_rate kurs wechselkurs umrechnungskurs taux taux_de_change tipo_de_cambio cambio koers kursen average_rate",
    "segment": "segment customer_group kundengruppe kundensegment branche groupe_client business_type",
    "email": "email e_mail mail emailadresse",
    "phone": "phone telephone telefon telefonnummer tel mobile",
}

STATES: Mapping[str, str] = {
    "waiting_customer": "awaiting user|awaiting customer|awaiting caller|waiting for customer|waiting on customer|pending customer|wartet auf kunde|"
    "wartet auf anwender|warten auf kunde|rueckfrage|ruckfrage|customer action|attente client|en espera del cliente|user info",
    "waiting_supplier": "vendor|supplier|third party|lieferant|hersteller|fournisseur|proveedor|extern",
    "cancelled": "cancel|storniert|abgebrochen|annul|verworfen|withdrawn|zurueckgezogen",
    "resolved": "resolved|solved|done|geloest|gelost|erledigt|behoben|resolu|resuelto|risolto|opgelost|lost|fertig",
    "closed": "closed|geschlossen|abgeschlossen|ferme|clos|cerrado|chiuso|gesloten|stangd|archived|beendet",
    "open": "new|neu|open|offen|active|aktiv|in progress|in bearbeitung|in arbeit|assigned|zugewiesen|nouveau|ouvert|en cours|nuevo|abierto|"
    "nuovo|aperto|nieuw|ny|oppen|pending|awaiting|wartet|warten|angehalten|on hold|reopened|wiedereroeffnet",
}
"""Our states of a case, and what their names contain elsewhere; the first that fits counts."""

CHANNELS: Mapping[str, tuple[str, str]] = {
    "edi|edifact|api|idoc|punchout api|as2|x12|vmi|vending": ("C0", "edi"),
    "punchout|punch out|oci|cxml": ("C1", "punchout"),
    "shop|web|online|internet|portal|app|e-commerce|ecommerce|webshop|self service|self-service|b2b store|onlineshop": (
        "C1",
        "shop",
    ),
    "quote accepted|angebot angenommen|sales room": ("C2", "sales_room"),
    "ocr|pdf|bot|automat|digitised|parsed": ("C4", "mail"),
    "counter|theke|abholung|tresen|comptoir|mostrador|banco|pos": ("C5", "counter"),
    "phone|telefon|tel|telephone|telefono|call": ("C5", "phone"),
    "mail|e-mail|email|fax|brief|post|letter|courrier": ("C5", "mail"),
    "field|aussendienst|adm|rep|reseller|vertreter|sales|vertrieb|innendienst|manual|manuell|hand": ("C5", "rep"),
}
"""What names of channels contain, and the commit class and touchpoint that they most likely mean."""

COUNTRIES: Mapping[str, str] = {
    "ae": "united arab emirates|uae|vereinigte arabische emirate", "at": "austria|oesterreich|osterreich|autriche", "au": "australia|australien",
    "be": "belgium|belgien|belgique|belgie", "bg": "bulgaria|bulgarien", "br": "brazil|brasilien|brasil", "ca": "canada|kanada",
    "ch": "switzerland|schweiz|suisse|svizzera", "cn": "china", "cy": "cyprus|zypern", "cz": "czech republic|czechia|tschechien|cesko",
    "de": "germany|deutschland|allemagne|alemania|germania|duitsland|tyskland", "dk": "denmark|daenemark|danemark|danmark",
    "ee": "estonia|estland", "es": "spain|spanien|espagne|espana", "fi": "finland|finnland|suomi", "fr": "france|frankreich|francia|frankrijk",
    "gb": "united kingdom|uk|great britain|grossbritannien|vereinigtes koenigreich|england|royaume-uni|royaume uni|verenigd koninkrijk",
    "gr": "greece|griechenland", "hk": "hong kong", "hr": "croatia|kroatien", "hu": "hungary|ungarn", "ie": "ireland|irland|eire|irlande",
    "il": "israel", "in": "india|indien", "is": "iceland|island", "it": "italy|italien|italie|italia", "jp": "japan", "kr": "korea|suedkorea",
    "lt": "lithuania|litauen", "lu": "luxembourg|luxemburg", "lv": "latvia|lettland", "ma": "morocco|marokko|maroc", "mt": "malta",
    "mx": "mexico|mexiko", "nl": "netherlands|niederlande|pays-bas|nederland|holland", "no": "norway|norwegen|norge",
    "nz": "new zealand|neuseeland", "pl": "poland|polen|polska|pologne", "pt": "portugal", "ro": "romania|rumaenien|romania",
    "rs": "serbia|serbien", "se": "sweden|schweden|sverige|suede", "sg": "singapore|singapur", "si": "slovenia|slowenien",
    "sk": "slovakia|slowakei", "th": "thailand", "tr": "turkey|tuerkei|turkiye", "ua": "ukraine",
    "us": "usa|united states|united states of america|vereinigte staaten|etats-unis", "za": "south africa|suedafrika|rsa",
}  # fmt: skip
"""Names of countries by their code (ISO 3166), as exports write them."""

CURRENCIES = frozenset(
    [
        "AED",
        "ARS",
        "AUD",
        "BGN",
        "BRL",
        "CAD",
        "CHF",
        "CLP",
        "CNY",
        "COP",
        "CZK",
        "DKK",
        "EUR",
        "GBP",
        "HKD",
        "HRK",
        "HUF",
        "IDR",
        "ILS",
        "INR",
        "ISK",
        "JPY",
        "KRW",
        "KWD",
        "MAD",
        "MXN",
        "MYR",
        "NOK",
        "NZD",
        "PEN",
        "PHP",
        "PLN",
        "QAR",
        "RON",
        "RSD",
        "RUB",
        "SAR",
        "SEK",
        "SGD",
        "THB",
        "TRY",
        "TWD",
        "UAH",
        "USD",
        "VND",
        "ZAR",
    ]
)

_PAIRS: dict[str, str | int | None] = {
    "ä": "ae",
    "ö": "oe",
    "ü": "ue",
    "Ä": "Ae",
    "Ö": "Oe",
    "Ü": "Ue",
    "ß": "ss",
    "ø": "o",
    "Ø": "O",
    "æ": "ae",
}


def plain(text: str) -> str:
    """Answers a text in ASCII: umlauts as two letters, other accents left out."""
    return unicodedata.normalize("NFKD", text.translate(str.maketrans(_PAIRS))).encode("ascii", "ignore").decode()
