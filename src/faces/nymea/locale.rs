//! The locales a client may ask for (spec §6.1): `de_DE`, by the codes of ISO 639-1 and ISO 3166-1.

/// ISO 639-1.
const LANGUAGES: &str = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de \
    dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id \
    ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu \
    lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu \
    rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr \
    ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

/// ISO 3166-1 alpha-2, and Kosovo.
const TERRITORIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT \
    BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH \
    ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT \
    HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS \
    LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI \
    NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG \
    SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG \
    UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

/// Where a language is at home that comes without a territory, or with one that is none.
const AT_HOME: &str = "af_ZA am_ET ar_EG be_BY bg_BG bn_BD bs_BA ca_ES cs_CZ cy_GB da_DK de_DE el_GR en_US es_ES et_EE \
    eu_ES fa_IR fi_FI fr_FR ga_IE gl_ES he_IL hi_IN hr_HR hu_HU hy_AM id_ID is_IS it_IT ja_JP ka_GE \
    kk_KZ ko_KR lb_LU lt_LT lv_LV mk_MK mn_MN ms_MY mt_MT nb_NO nl_NL nn_NO pl_PL pt_BR ro_RO ru_RU \
    sk_SK sl_SI sq_AL sr_RS sv_SE sw_TZ ta_IN th_TH tr_TR uk_UA ur_PK uz_UZ vi_VN zh_CN zu_ZA";

/// The locale by its full name; what is none is `C`.
pub(super) fn named(asked: &str) -> String {
    const UNKNOWN: &str = "C";
    let mut parts = asked.split(['_', '-']);
    let language = parts.next().unwrap_or_default();
    let territory = parts.next();
    if parts.next().is_some() || !listed(LANGUAGES, language) {
        return UNKNOWN.to_owned();
    }
    if let Some(territory) = territory.filter(|territory| listed(TERRITORIES, territory)) {
        return format!("{language}_{territory}");
    }
    let home = AT_HOME.split(' ').find(|locale| locale.split('_').next() == Some(language));
    home.unwrap_or(UNKNOWN).to_owned()
}

fn listed(list: &str, code: &str) -> bool {
    list.split(' ').any(|listed| listed == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales() {
        for (asked, locale) in [
            ("de_DE", "de_DE"),
            ("de_AT", "de_AT"),
            ("en-GB", "en_GB"),
            ("fr", "fr_FR"),
            ("fr_ZZ", "fr_FR"),
            ("xx_YY", "C"),
            ("xx", "C"),
            ("deutsch", "C"),
            ("DE_de", "C"),
            ("de_DE_x", "C"),
            ("_", "C"),
            ("", "C"),
            ("C", "C"),
        ] {
            assert_eq!(named(asked), locale, "{asked}");
        }
    }
}
